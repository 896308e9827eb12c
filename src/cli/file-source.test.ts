import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileSource } from './file-source.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'wsgiscope-source-'));
  writeFileSync(join(root, 'a.conf'), 'Listen 80\n');
  mkdirSync(join(root, 'conf.d'));
});
afterAll(() => rmSync(root, { recursive: true }));

it('The file system answers for files, directories and what is not there', () => {
  expect(fileSource.read(join(root, 'a.conf'))).toBe('Listen 80\n');
  expect(fileSource.list(root)?.toSorted()).toEqual(['a.conf', 'conf.d']);
  expect([root, join(root, 'a.conf'), join(root, 'none'), join(root, 'a.conf', 'below')].map(fileSource.kind)).toEqual([
    'directory',
    'file',
    'missing',
    'missing',
  ]);
});

it('What cannot be read is null, and never an error', () => {
  expect(fileSource.read(join(root, 'none'))).toBeNull();
  expect(fileSource.read(root)).toBeNull();
  expect(fileSource.list(join(root, 'a.conf'))).toBeNull();
});
