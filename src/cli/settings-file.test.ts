import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pythonText } from '../config/gunicorn/python-value.ts';
import { readSettingsFile, type SettingsQuestion } from './settings-file.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wsgiscope-settings-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string, more: Partial<SettingsQuestion> = {}) => {
  const path = join(folder, 'gunicorn.conf.py');
  writeFileSync(path, text);
  return readSettingsFile({
    location: { kind: 'file', path },
    shown: 'gunicorn.conf.py',
    directory: folder,
    environment: {},
    python: 'python3',
    ...more,
  });
};
const valuesOf = (file: Awaited<ReturnType<typeof read>>) =>
  file === null || file.kind === 'failed'
    ? file
    : Object.fromEntries(
        file.values.map(({ name, value, at }) => [name, `${pythonText(value)} ${at.line}:${at.column}`]),
      );

describe('a settings file', () => {
  it('is run, and each name is placed where it was last written', async () => {
    const file = await read(`import os
workers = 1 + 1
if workers > 1:
    ünicode = 1; threads = int("3")
bind = ["127.0.0.1:%d" % port for port in (8000, 8001)]

def post_fork(server, worker):
    here = 1
`);
    expect(file?.kind).toBe('run');
    expect(valuesOf(file)).toEqual({
      os: "<module 'os' (frozen)> 1:1",
      workers: '2 2:1',
      ünicode: '1 4:5',
      threads: '3 4:18',
      bind: "['127.0.0.1:8000', '127.0.0.1:8001'] 5:1",
      post_fork: 'post_fork() 7:1',
    });
  });

  it('gets the variables that it names and no others', async () => {
    const text = 'import os\nworkers = os.environ.get("SHOP_WORKERS")\nall = sorted(os.environ)\n';
    const file = await read(text, { environment: { SHOP_WORKERS: '4', SHOP_SECRET: 'x', PATH: '/bin' } });
    expect(valuesOf(file)).toMatchObject({ workers: "'4' 2:1", all: "['SHOP_WORKERS'] 3:1" });
  });

  it('tells what the name of a hook leads to, where that can be told here', async () => {
    writeFileSync(join(folder, 'plain_hooks.py'), 'def left(server, worker): ...\n');
    writeFileSync(join(folder, 'own_hooks.py'), 'import os\nif os.environ.get("PROD"):\n    def left(server): ...\n');
    writeFileSync(join(folder, 'needy_hooks.py'), 'import os\nurl = os.environ.get("REDIS").strip()\n');
    const file = await read(
      `child_exit = 'plain_hooks.left'\non_exit = 'own_hooks.left'\nwhen_ready = 'needy_hooks.ready'\npost_fork = 'plain_hooks.nothing'\n`,
    );
    if (file?.kind !== 'run') throw new Error('it is run');
    const leads = file.values.map(({ value }) => (value.kind === 'str' ? value.leads : 'no text'));
    expect(leads).toMatchObject([{ kind: 'function', arity: 2 }, null, null, { kind: 'other' }]);
  });

  it('is read all the same where what a hook names ends Python', async () => {
    writeFileSync(join(folder, 'deadly_hooks.py'), 'import os\nos._exit(3)\n');
    const file = await read(`child_exit = 'deadly_hooks.left'\nworkers = 1 + 2\n`);
    expect(file?.kind).toBe('run');
    expect(valuesOf(file)).toMatchObject({ workers: '3 2:1' });
  });

  it('imports what lies where gunicorn is started', async () => {
    writeFileSync(join(folder, 'sizes.py'), 'COUNT = 7\n');
    expect(valuesOf(await read('from sizes import COUNT\nworkers = COUNT\n'))).toMatchObject({ workers: '7 2:1' });
    expect(readdirSync(folder)).not.toContain('__pycache__');
  });

  it.each([
    ['raises', 'workers = 4\nworkers = workers / 0\n', 2, 1, 'ZeroDivisionError: division by zero'],
    ['is not Python', 'workers = 4\nworkers == = 4\n', 2, 12, 'SyntaxError: invalid syntax'],
    ['exits', 'import sys\nsys.exit(3)\n', 2, 1, 'SystemExit: 3'],
  ])('that %s fails in its line', async (_, text, line, column, message) => {
    expect(await read(text)).toMatchObject({
      kind: 'failed',
      at: { line, column },
      message: expect.stringContaining(message),
    });
  });

  it('that is missing fails', async () => {
    const location = { kind: 'file', path: join(folder, 'nowhere.py') } as const;
    expect(await read('', { location })).toMatchObject({ kind: 'failed' });
  });

  it.each([
    ['starts a process', 'import subprocess\nsubprocess.run(["touch", "made"])\n'],
    ['starts a shell', 'import os\nos.system("touch made")\n'],
    ['forks', 'import os\nif os.fork() == 0: os._exit(0)\n'],
    ['writes a file', '\nopen("made", "w").write("x")\n'],
    ['makes a directory', 'import os\nos.makedirs("made")\n'],
    ['asks the network', 'import socket\nsocket.create_connection(("127.0.0.1", 1))\n'],
    ['sends a signal', 'import os\nos.kill(os.getppid(), 0)\n'],
  ])('that %s is stopped, and its literals are read', async (_, act) => {
    const file = await read(`workers = 4\nthreads = workers\n${act}`);
    expect(file).toMatchObject({
      kind: 'read',
      why: { message: expect.stringMatching(/wants to act|was not run/), at: { line: 4 } },
      unknown: [{ name: 'threads' }],
    });
    expect(valuesOf(file)).toEqual({ workers: '4 1:1' });
    expect(existsSync(join(folder, 'made'))).toBe(false);
  });

  it('that computes for ever, or takes all memory, is ended', async () => {
    expect(await read('workers = 4\nwhile True: pass\n')).toMatchObject({ kind: 'read', why: { at: { line: 1 } } });
    const much = await read('workers = 4\nmuch = "x" * (1 << 34)\n');
    expect(much).toMatchObject({ kind: 'failed', message: expect.stringContaining('MemoryError') });
  }, 60_000);

  it('that needs a module this Python lacks is read, and says which', async () => {
    expect(await read('workers = 4\nimport no_such_module_at_all\n')).toMatchObject({
      kind: 'read',
      why: { message: expect.stringContaining('no_such_module_at_all'), at: { line: 2 } },
    });
  });

  it('is read without Python, and where it is not to be run', async () => {
    for (const python of [null, 'no-such-python'])
      expect(await read('workers = 4\n', { python })).toMatchObject({ kind: 'read', values: [{ name: 'workers' }] });
  });
});
