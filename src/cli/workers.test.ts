import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { capturedShell } from './captured-shell.ts';
import { runProgram } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-workers-test-'));
mkdirSync(join(folder, 'shop'));
writeFileSync(join(folder, 'shop/__init__.py'), '');
writeFileSync(join(folder, 'shop/greeting.py'), "TEXT = b'hello'\n");
writeFileSync(
  join(folder, 'shop/wsgi.py'),
  `from shop import greeting
def application(environ, start_response):
    start_response('200 OK', [])
    return [greeting.TEXT]
`,
);
writeFileSync(join(folder, 'bad.py'), "raise RuntimeError('out of stock')\n");
writeFileSync(
  join(folder, 'shop.ini'),
  '[uwsgi]\nhttp-socket = 127.0.0.1:8000\nmodule = shop.wsgi\nmaster = true\nprocesses = 2\n',
);
afterAll(() => rmSync(folder, { recursive: true }));

async function wsgiscope(...args: readonly string[]) {
  const shell = capturedShell({ workingDirectory: folder });
  return { code: await runProgram(args, shell), ...shell.written() };
}

/** The rows of a comparison, as words. */
const rows = (out: string): readonly string[] =>
  out.split('\n').filter((line) => / (agrees|differs|not observed)$/.test(line));

describe('a configuration of a server of workers', () => {
  it.each(['gunicorn -w 2 --max-requests 5 shop.wsgi', 'shop.ini'])('is simulated: %s', async (config) => {
    const { code, out, err } = await wsgiscope('simulate', config);
    expect([code, err]).toEqual([0, '']);
    expect(rows(out).length).toBeGreaterThan(6);
    expect(rows(out).filter((row) => !row.endsWith('agrees'))).toEqual([]);
  });

  it('is verified on real processes, with modules of the user that import one another', async () => {
    const { code, out } = await wsgiscope('verify', 'gunicorn -w 2 --threads 2 shop.wsgi');
    expect(out).toContain('1 of 1 scripts load');
    expect(rows(out).filter((row) => row.endsWith('differs'))).toEqual([]);
    expect(code).toBe(0);
  }, 300_000);

  it('with an application that cannot be imported is told so', async () => {
    const { code, out } = await wsgiscope('verify', 'gunicorn bad:application');
    expect(out).toContain('out of stock');
    expect(code).toBe(1);
  }, 300_000);
});
