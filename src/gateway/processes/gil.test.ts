/** Interpreters with a lock of their own, and Pythons that cannot. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Serving, serve } from '../serving.ts';
import { canHaveOwnGils, gilWarnings } from './gil-support.ts';

/** Every Python of this machine that can give interpreters a lock of their own, by version. */
const pythons = (): ReadonlyMap<string, string> => {
  const versions = join(homedir(), '.pyenv', 'versions');
  const candidates = [
    ...(existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin', 'python3')) : []),
    'python3.14',
    'python3.13',
    'python3.12',
    'python3',
  ];
  const found = new Map<string, string>();
  for (const python of candidates) {
    try {
      const version = execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      if (canHaveOwnGils({ version })) found.set(version, python);
    } catch {
      // Not on this machine.
    }
  }
  return found;
};
const able = [...pythons()];

/**
 * Tells when it ran or, if asked to, from when to when it held the lock of its interpreter: all of that happens in C, where
 * nobody lets go of it.
 */
const holding = `
import functools, json, operator, time
call = operator.methodcaller('__call__')
hold = [time.monotonic, functools.partial(sum, range(100000000)), time.monotonic]
def application(environ, start_response):
    times = list(map(call, hold if environ['QUERY_STRING'] == 'hold' else hold[:1]))
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(times).encode()]
`;
const site = (more: string): string => `${more}
WSGIDaemonProcess shop threads=2
WSGIScriptAlias /a \${here}/app.wsgi process-group=shop application-group=a
WSGIScriptAlias /b \${here}/app.wsgi process-group=shop application-group=b
`;

/** How many requests ran in interpreter b while one held the lock of interpreter a. */
async function ranMeanwhile(running: Serving): Promise<number> {
  const times = async (path: string) => JSON.parse((await running.ask(path)).body) as readonly number[];
  await times('/b'); // The interpreter is there: creating one takes the lock of the process.
  let isHeld = true;
  const held = times('/a?hold').finally(() => {
    isHeld = false;
  });
  const ran: number[] = [];
  while (isHeld) ran.push(...(await times('/b')));
  const [from = 0, , to = 0] = await held;
  return ran.filter((at) => at > from && at < to).length;
}

describe.skipIf(able.length === 0)('An interpreter of CPython', () => {
  it.each(able)('%s with a lock of its own goes on while another one holds its lock', async (_, python) => {
    await using running = await serve(site('WSGIPerInterpreterGIL On'), { 'app.wsgi': holding }, { python }, '6');
    expect(await ranMeanwhile(running)).toBeGreaterThan(0);
    await running.gateway.stop();
    expect(running.recorder.trace.at(-1)).toMatchObject({ exit: { kind: 'returned', code: 0 } });
  });

  it.each(able)('%s waits while another one holds the lock that they share', async (_, python) => {
    await using running = await serve(site(''), { 'app.wsgi': holding }, { python }, '6');
    expect(await ranMeanwhile(running)).toBe(0);
  });

  it.each(able)('%s with a lock of its own starts no daemon thread and does not fork', async (_, python) => {
    const script = `
import os, threading
def attempt(what):
    try:
        what()
        return 'done'
    except RuntimeError as error:
        return 'refused'
def application(environ, start_response):
    tries = [
        lambda: threading.Thread(target=int, daemon=True).start(),
        lambda: threading.Thread(target=int, daemon=False).start(),
        lambda: os.fork() or os._exit(0),
    ]
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [' '.join(map(attempt, tries)).encode()]
`;
    await using running = await serve(
      site('<WSGIInterpreterOptions application-group=a>\nWSGIPerInterpreterGIL On\n</WSGIInterpreterOptions>'),
      { 'app.wsgi': script },
      { python },
      '6',
    );
    expect((await running.ask('/a')).body).toBe('refused done refused');
    expect((await running.ask('/b')).body).toBe('done done done');
  });
});

describe('A Python that cannot', () => {
  const own = { directive: 'WSGIPerInterpreterGIL', on: true, within: null } as const;
  const free = { directive: 'WSGIFreeThreading', on: true, within: null } as const;
  const old = { command: 'python3', version: '3.11.2', isFreeThreaded: false };
  const recent = { command: 'python3', version: '3.13.0', isFreeThreaded: false };

  it('give interpreters their own lock, or do without, says so at the start and goes on', async () => {
    expect(gilWarnings([own], 'shop', old)).toEqual([
      'WSGIPerInterpreterGIL On has no effect in process group shop: it needs Python 3.12 or later, and python3 is Python 3.11.2',
    ]);
    expect(gilWarnings([own], 'shop', recent)).toEqual([]);
    expect(gilWarnings([free], '', recent)).toEqual([
      'WSGIFreeThreading On has no effect in the children: python3 is Python 3.13.0 and no free-threaded build (PEP 703)',
    ]);
    expect(gilWarnings([free, own], 'shop', { ...recent, isFreeThreaded: true })).toEqual([
      'WSGIPerInterpreterGIL On has no effect in process group shop: without a GIL there is none to give to an interpreter',
    ]);
    await using running = await serve(site('WSGIFreeThreading On'), { 'app.wsgi': holding }, {}, '6');
    expect(running.log.filter((line) => line.includes('WSGIFreeThreading'))).toHaveLength(1);
    expect((await running.ask('/a')).status).toBe(200);
  });
});
