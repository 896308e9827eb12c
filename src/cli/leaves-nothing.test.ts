import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Heard, hear } from './heard.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'docs/examples/two-projects-as-printed.conf');

/** A command in a process group of its own, with a temporary directory of its own. */
interface Started extends Heard, AsyncDisposable {
  readonly child: ChildProcess;
  readonly directory: string;
}

function start(...args: readonly string[]): Started {
  const directory = mkdtempSync(join(tmpdir(), 'leaves-nothing-'));
  const child = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), ...args], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = hear(child);
  return {
    ...heard,
    child,
    directory,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await heard.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The living processes whose parent is `parent`, read from /proc. */
function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const found = stat(Number(name));
    return found && found.parent === parent && found.state !== 'Z' ? [Number(name)] : [];
  });
}

function stat(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

/** Processes that are no child of ours cannot be awaited, only looked for. */
async function untilGone(pids: readonly number[]): Promise<readonly number[]> {
  const alive = () => pids.filter((pid) => (stat(pid)?.state ?? 'Z') !== 'Z');
  const giveUp = Date.now() + 20_000;
  for await (const _ of setInterval(10)) if (alive().length === 0 || Date.now() > giveUp) break;
  return alive();
}

const socketsIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isSocket(),
  );

describe.skipIf(process.platform !== 'linux')('a command leaves neither a process nor a socket file', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('when serve is ended by %s', async (signal) => {
    await using serve = start('serve', example, '--port', '8001=0');
    await serve.says(/Ctrl-C stops/);
    const processes = childrenOf(serve.child.pid ?? 0);
    expect(processes.length).toBeGreaterThanOrEqual(3);
    serve.child.kill(signal);
    expect(await serve.ended).toBe(signal === 'SIGKILL' ? null : 0);
    expect(await untilGone(processes)).toEqual([]);
    expect(socketsIn(serve.directory)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('when verify is ended by %s in the middle', async (signal) => {
    await using verify = start('verify', example);
    const processes = await someChildren(verify.child.pid ?? 0);
    verify.child.kill(signal);
    expect(await verify.ended).toBe(signal === 'SIGKILL' ? null : 2);
    expect(await untilGone(processes)).toEqual([]);
    expect(socketsIn(verify.directory)).toEqual([]);
  });

  it('when serve is killed in the middle of requests, whatever these do', async () => {
    await using site = busySite();
    await using serve = start('serve', site.configuration, '--port', '8080=0');
    await serve.says(/Ctrl-C stops/);
    const port = Number(/^http:\/\/127\.0\.0\.1:(\d+)\//m.exec(serve.output())?.[1]);
    const processes = childrenOf(serve.child.pid ?? 0);
    const begun = ['/sleeping', '/spinning', '/embedded/sleeping'].map((path) => begin(port, path));
    expect(await Promise.all(begun)).toEqual([200, 200, 200]);
    serve.child.kill('SIGKILL');
    await serve.ended;
    expect(await untilGone(processes)).toEqual([]);
    expect(readdirSync(serve.directory)).toEqual([]);
  });

  it('when every server process of serve is killed', async () => {
    await using serve = start('serve', example, '--port', '8001=0');
    await serve.says(/Ctrl-C stops/);
    const before = childrenOf(serve.child.pid ?? 0);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect(await untilGone(before)).toEqual([]);
    serve.child.kill('SIGTERM');
    expect(await serve.ended).toBe(0);
    expect(await untilGone(childrenOf(serve.child.pid ?? 0))).toEqual([]);
  });
});

/** Applications that begin to answer and then never end. */
const application = `
import time
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    yield b'begun'
    while environ['PATH_INFO'] == '/spinning':
        pass
    time.sleep(3600)
`;

/** A daemon process and an embedded application, outside the temporary directory of the command. */
function busySite(): { readonly configuration: string } & AsyncDisposable {
  const directory = mkdtempSync(join(tmpdir(), 'leaves-nothing-site-'));
  const script = join(directory, 'busy.wsgi');
  writeFileSync(script, application);
  const configuration = join(directory, 'site.conf');
  const mounts = `WSGIScriptAlias /embedded ${script}\nWSGIScriptAlias / ${script} process-group=busy\n`;
  writeFileSync(configuration, `Listen 8080\nServerName localhost\nWSGIDaemonProcess busy threads=4\n${mounts}`);
  return {
    configuration,
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Resolves with the status when the response has begun, and lets it go on. */
const begin = (port: number, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.on('error', () => {}); // Its server is killed.
      response.once('data', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });

/** Waits until the command runs server processes, several at once. */
async function someChildren(parent: number): Promise<readonly number[]> {
  const giveUp = Date.now() + 20_000;
  for await (const _ of setInterval(10)) {
    const found = childrenOf(parent);
    if (found.length >= 3 || Date.now() > giveUp) return found;
  }
  return [];
}
