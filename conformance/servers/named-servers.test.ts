import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../spec/deployment.ts';
import type { Step } from '../../spec/scenario.ts';
import { eventsOf } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { probeScript } from '../../src/probe/probe-script.ts';
import { contradictions, survivors } from '../adapters/lives.ts';
import type { Found, KitTarget } from '../kit/target.ts';
import { commandTarget } from '../targets/command.ts';
import { urlTarget } from '../targets/url.ts';
import { at, ownTemporaryDirectory, seenBy, statuses } from './server-test.ts';

const leftovers = ownTemporaryDirectory();
const [r1, r2, r3] = [requestId(1), requestId(2), requestId(3)];

/** A parent that forks workers, replaces them, and starts others on SIGHUP. Every worker serves requests one by one. */
const forking = `
import importlib, os, signal, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
host, port, processes, module, callable_name = sys.argv[1:]
class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass
server = make_server(host, int(port), None, handler_class=Quiet)
workers = set()
def work():
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    server.set_app(getattr(importlib.import_module(module), callable_name))
    server.serve_forever()
def renew(*_):
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
def leave(*_):
    renew()
    os._exit(0)
signal.signal(signal.SIGHUP, renew)
signal.signal(signal.SIGTERM, leave)
while True:
    while len(workers) < int(processes):
        pid = os.fork()
        if pid == 0:
            work()
        workers.add(pid)
    workers.discard(os.wait()[0])
`;

async function withFile<T>(name: string, text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-named-'));
  try {
    await writeFile(join(folder, name), text);
    return await use(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function present(target: KitTarget): Promise<Extract<Found, { kind: 'found' }>> {
  const found = await target.find();
  if (found.kind === 'missing') throw new Error(`${found.what} is missing`);
  return found;
}

const withProcesses = (target: KitTarget, wanted: number): Deployment => {
  const found = fc
    .sample(target.deployments, { numRuns: 100, seed: 1 })
    .find((one) => one.kind === 'plain' && one.processes === wanted);
  if (!found) throw new Error(`${target.id} is never deployed with ${wanted} processes`);
  return found;
};

describe('a server that is named by its command line', () => {
  it('is run as it says of itself: so many processes, replaced, renewed by a signal', () =>
    withFile('forking.py', forking, async (program) => {
      const read = commandTarget({
        command: `python3 ${program} {host} {port} {processes} {module} {callable}`,
        says: ['processes', 'respawn', 'reload=HUP'],
      });
      if (read.kind === 'rejected') throw new Error(read.message);
      const steps: readonly Step[] = [
        { do: 'hold', request: r1, to: at() },
        { do: 'hold', request: r2, to: at() },
        { do: 'release', requests: [r1, r2] },
        { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r1 } },
        { do: 'await-replacement', processOf: r1 },
        { do: 'act', act: { kind: 'server-signal', signal: 'SIGHUP' } },
        { do: 'request', request: r3, to: at() },
      ];
      const found = await present(read.target);
      const world = found.world({ seed: 1 });
      const trace = await world.run({ deployment: withProcesses(read.target, 2), steps }, AbortSignal.timeout(60_000));
      expect(statuses(trace).map(([, status]) => status)).toEqual([200, 200, 200]);
      expect(eventsOf(trace, 'process.appeared').length).toBe(5);
      expect(survivors(trace).size).toBe(2);
      expect([...survivors(trace)]).toContain(seenBy(trace, r3)?.process);
      expect(contradictions(trace)).toEqual([]);
    }).then(async () => expect(await leftovers()).toEqual([])));

  it('is missing where there is no such program, and rejected where the kit cannot use what is said', async () => {
    const nowhere = commandTarget({ command: 'no-such-server {bind} {script}' });
    expect(nowhere.kind === 'read' && (await nowhere.target.find())).toMatchObject({
      kind: 'missing',
      what: 'the program no-such-server',
    });
    expect(commandTarget({ command: 'serve {bind} {script}', says: ['processes'] })).toMatchObject({
      kind: 'rejected',
      fix: expect.stringContaining('{processes}'),
    });
    for (const says of ['reload=STOP', 'speed'])
      expect(commandTarget({ command: 'serve {bind} {script}', says: [says] })).toMatchObject({ kind: 'rejected' });
  });
});

describe('a server that runs already', () => {
  const serving = `
import sys
sys.path.insert(0, sys.argv[1])
from wsgiref.simple_server import make_server
from probe import application
server = make_server('127.0.0.1', 0, application)
print(server.server_port, flush=True)
server.serve_forever()
`;

  it('is only asked: whatever would change it or end it is left out', () =>
    withFile('probe.py', probeScript('application'), async (script) => {
      const server = spawn('python3', ['-c', serving, join(script, '..')], { stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
        const read = urlTarget({ url: `http://127.0.0.1:${port}/` });
        if (read.kind === 'rejected') throw new Error(read.message);
        const found = await present(read.target);
        expect(found.version).toMatch(/^WSGIServer.* at 127\.0\.0\.1/);
        const to = { host: 'localhost', port: Number(port), path: '/' };
        const steps: readonly Step[] = [
          { do: 'hold', request: r1, to },
          { do: 'release', requests: [r1] },
          { do: 'act', act: { kind: 'signal', signal: 'SIGKILL', processOf: r1 } },
          { do: 'request', request: r2, to, behave: { kind: 'exit', code: 1 } },
          { do: 'request', request: r3, to },
        ];
        const world = found.world({ seed: 1 });
        const trace = await world.run(
          { deployment: withProcesses(read.target, 1), steps },
          AbortSignal.timeout(30_000),
        );
        expect(statuses(trace)).toEqual([
          [r1, 200],
          [r3, 200],
        ]);
        expect(seenBy(trace, r3)?.pid).toBe(server.pid);
      } finally {
        server.kill('SIGKILL');
        await once(server, 'exit');
      }
    }));

  it('is missing where nobody, or somebody else, answers', async () => {
    const read = urlTarget({ url: 'http://127.0.0.1:1/' });
    expect(read.kind === 'read' && (await read.target.find())).toMatchObject({ kind: 'missing' });
    expect(urlTarget({ url: 'https://example.org' })).toMatchObject({ kind: 'rejected' });
  });
});
