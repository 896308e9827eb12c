import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from './log-file.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wsgiscope-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a log file', () => {
  it('holds every line in its order when it is closed', async () => {
    const file = join(directory, 'log');
    const log = new LogFile(file, () => {});
    const lines = Array.from({ length: 1000 }, (_, n) => `line ${n}\n`);
    for (const line of lines) log.write(line);
    await log.close();
    expect(readFileSync(file, 'utf8')).toBe(lines.join(''));
  });

  it('holds every line when it is closed in the midst of a write', async () => {
    const file = join(directory, 'log');
    const log = new LogFile(file, () => {});
    log.write('first\n');
    await new Promise(setImmediate); // The write has begun.
    log.write('second\n');
    await log.close();
    expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
  });

  it('goes on in a new file when the old one was moved away, and loses nothing between', async () => {
    const file = join(directory, 'log');
    const log = new LogFile(file, () => {});
    log.write('old\n');
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('old\n');
    renameSync(file, `${file}.1`);
    log.write('late\n');
    log.reopen();
    log.write('new\n');
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toContain('new\n');
    await log.close();
    expect(readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8')).toBe('old\nlate\nnew\n');
  });

  it.skipIf(!existsSync('/dev/full'))('says once that the disk is full, and goes on', async () => {
    const complaints: string[] = [];
    const log = new LogFile('/dev/full', (message) => complaints.push(message));
    for (let n = 0; n < 3; n++) {
      log.write('lost\n');
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
    await expect.poll(() => complaints.length).toBe(1);
    log.write('lost as well\n');
    await log.close();
    expect(complaints).toEqual([expect.stringMatching(/^cannot write \/dev\/full: ENOSPC/)]);
  });

  it('is refused with a way out when it cannot be opened', () => {
    expect(() => new LogFile(join(directory, 'no', 'log'), () => {})).toThrow(/cannot write .*\nfix: /);
  });
});
