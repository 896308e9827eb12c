import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import { readApache } from '../../config/apache/read.ts';
import { filesInMemory } from '../../config/source.ts';
import { checkScript } from './script-check.ts';

let directory = '';
let deployment: ApacheDeployment;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'wsgiscope-test-'));
  const text = `Listen 8080\nWSGIDaemonProcess shop python-path=${directory}/lib\n`;
  const read = readApache({ file: '/test.conf', text, source: filesInMemory({}), modWsgi: '4.9' });
  if (!read.deployment) throw new Error('the configuration of this test is wrong');
  deployment = read.deployment;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const check = (text: string | null, processGroup = '', options: Parameters<typeof checkScript>[3] = {}) => {
  const script = join(directory, 'script.wsgi');
  rmSync(script, { force: true });
  if (text !== null) writeFileSync(script, text);
  const mount = { script, callable: 'application', processGroup, applicationGroup: '' };
  return checkScript(deployment, mount, 'python3', options);
};

describe('the check of a script', () => {
  it('finds an application, whatever the script prints and whatever threads it starts', async () => {
    const text = `
import threading
print('hello')
threading.Thread(target=threading.Event().wait).start()
def application(environ, start_response): pass
`;
    expect(await check(text)).toEqual({ kind: 'loaded' });
  });

  it('imports from the python-path of the process group', async () => {
    const text = 'import sys\nassert any(p.endswith("/lib") for p in sys.path)\napplication = 1\n';
    expect(await check(text, 'shop')).toEqual({ kind: 'loaded' });
    expect(await check(text)).toMatchObject({ kind: 'raised' });
  });

  it.each([
    [
      'raises',
      'x = 1\nraise ValueError("why")\n',
      { kind: 'raised', error: expect.stringMatching(/script\.wsgi:2: ValueError: why$/) },
    ],
    ['is no Python', 'x = (\n', { kind: 'raised', error: expect.stringMatching(/script\.wsgi:1: SyntaxError/) }],
    ['has no application', 'x = 1\n', { kind: 'no-callable' }],
    ['does not exist', null, { kind: 'missing', error: expect.stringContaining('No such file') }],
    ['ends its process', 'import os\nos._exit(3)\n', { kind: 'unanswered' }],
  ])('says where it fails when the script %s', async (_, text, expected) => {
    expect(await check(text)).toMatchObject(expected);
  });

  it('gives up on a script whose top level does not end', async () => {
    expect(await check('while True: pass\n', '', { seconds: 0.5 })).toMatchObject({ kind: 'unanswered' });
  });
});
