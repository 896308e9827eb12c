import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import { ruleById } from '../../../spec/rules/catalogue.ts';
import type { Step } from '../../../spec/scenario.ts';
import { eventsOf, type Observation, type Trace } from '../../../spec/trace.ts';
import { fromSeconds, requestId } from '../../../spec/vocabulary.ts';
import { judge } from '../../judge/judge.ts';
import { endingsOf } from '../../probe/worker-endings.ts';
import { ownSituationsOf, workerSituations } from '../../probe/worker-situations.ts';
import { ask, crowd, hold, release, replaced, signal, touch } from '../../simulator/a-run.ts';
import { aGunicorn, anApplication, aPlainServer, aUwsgi } from '../../simulator/a-worker-deployment.ts';
import { gatewayWorld } from '../gateway-world.ts';
import { WorkerGateway } from './worker-gateway.ts';

const at80 = [{ address: '127.0.0.1', port: 80 }] as const;
const http80 = [{ address: '127.0.0.1', port: 80, protocol: 'http-socket' }] as const;

async function run(deployment: WorkerDeployment, steps: readonly Step[]) {
  const trace = await gatewayWorld().run({ deployment, steps });
  return {
    trace,
    seen(id: number): Observation {
      const found = eventsOf(trace, 'observation').find(({ request }) => request === requestId(id));
      if (!found) throw new Error(`r${id} was not observed`);
      return found.seen;
    },
    outcome(id: number): number | string | undefined {
      const last = trace.findLast(
        (event) =>
          (event.kind === 'request.finished' || event.kind === 'request.failed') && event.request === requestId(id),
      );
      if (last?.kind === 'request.finished') return last.status;
      return last?.kind === 'request.failed' ? 'failed' : undefined;
    },
  };
}

const becauses = (trace: Trace): readonly string[] => eventsOf(trace, 'process.exited').map(({ because }) => because);
const toServer = (name: 'SIGHUP' | 'SIGTERM' | 'SIGTTIN'): Step => ({
  do: 'act',
  act: { kind: 'server-signal', signal: name },
});

describe('gunicorn on real processes', () => {
  it('has its workers ahead of requests, with its flags and none of mod_wsgi', async () => {
    const { trace, seen } = await run(aGunicorn({ listens: at80, workers: 2 }), [ask(1, '/x'), ask(2, '/x')]);
    expect(eventsOf(trace, 'process.spawned')).toHaveLength(2);
    expect(seen(1)).toMatchObject({
      multithread: false,
      multiprocess: true,
      runOnce: false,
      processGroup: null,
      applicationGroup: null,
      maximumProcesses: null,
      scriptName: '',
      pathInfo: '/x',
      moduleName: 'a',
    });
    expect(becauses(trace)).toEqual(['server-stop', 'server-stop']);
  });

  it('keeps waiting whoever comes while all workers are busy', async () => {
    const { trace, outcome } = await run(aGunicorn({ listens: at80, workers: 2 }), [
      hold(1, '/'),
      hold(2, '/'),
      crowd(3, '/'),
      release(1, 2, 3),
    ]);
    expect(eventsOf(trace, 'request.queued').map(({ request }) => request)).toEqual([requestId(3)]);
    expect([outcome(1), outcome(2), outcome(3)]).toEqual([200, 200, 200]);
  });

  it('replaces a worker after max_requests, one that is killed, and one that keeps silent for too long', async () => {
    const spent = await run(aGunicorn({ listens: at80, maxRequests: 2 }), [ask(1, '/'), ask(2, '/'), ask(3, '/')]);
    expect(becauses(spent.trace)).toEqual(['max-requests', 'server-stop']);
    const killed = await run(aGunicorn({ listens: at80, timeout: fromSeconds(1) }), [
      ask(1, '/'),
      signal('SIGKILL', 1),
      replaced(1),
      hold(2, '/'),
      { do: 'await-outcome', request: requestId(2), atMost: fromSeconds(15) },
      ask(3, '/'),
    ]);
    expect(becauses(killed.trace)).toEqual(['signal', 'timeout', 'server-stop']);
    expect([killed.outcome(2), killed.outcome(3)]).toEqual(['failed', 200]);
  });

  it('starts new workers at SIGHUP while an old one finishes', async () => {
    const { trace, outcome, seen } = await run(aGunicorn({ listens: at80, workerClass: 'gthread', threads: 2 }), [
      hold(1, '/'),
      toServer('SIGHUP'),
      ask(2, '/'),
      release(1),
    ]);
    expect([outcome(1), outcome(2)]).toEqual([200, 200]);
    expect(seen(1).process).not.toBe(seen(2).process);
    expect(becauses(trace)).toContain('server-restart');
  });

  it('stops when its worker cannot import the application any more', async () => {
    const { trace, outcome } = await run(aGunicorn({ listens: at80 }), [
      ask(1, '/'),
      { do: 'act', act: { kind: 'break', script: '/srv/a.py' } },
      toServer('SIGHUP'),
      ask(2, '/'),
    ]);
    expect(outcome(2)).toBe('failed');
    expect(eventsOf(trace, 'process.exited').map(({ exit }) => exit)).toContainEqual({ kind: 'returned', code: 3 });
  });
});

describe('uWSGI on real processes', () => {
  const two = [anApplication({ url: '/a' }), anApplication({ url: '/b', script: '/srv/b.py', module: 'b' })] as const;

  it('has an interpreter for each application, in each worker', async () => {
    const { seen } = await run(aUwsgi({ listens: http80, applications: two, manageScriptName: true }), [
      ask(1, '/a/x'),
      ask(2, '/b'),
    ]);
    expect(seen(1)).toMatchObject({ scriptName: '/a', pathInfo: '/x', moduleName: 'a', multithread: false });
    expect(seen(2)).toMatchObject({ scriptName: '/b', pathInfo: '', moduleName: 'b' });
    expect(seen(1).process).toBe(seen(2).process);
    expect(seen(1).interpreter).not.toBe(seen(2).interpreter);
  });

  it('serves nobody while it reloads, and keeps whoever comes waiting', async () => {
    const { trace, outcome } = await run(aUwsgi({ listens: http80, touchReload: ['/srv/a.py'] }), [
      hold(1, '/'),
      touch('/srv/a.py'),
      crowd(2, '/'),
      release(1, 2),
    ]);
    expect([outcome(1), outcome(2)]).toEqual([200, 200]);
    const [first, second] = eventsOf(trace, 'process.spawned');
    const [gone] = eventsOf(trace, 'process.exited');
    expect(gone?.process).toBe(first?.process);
    expect(second?.seq).toBeGreaterThan(gone?.seq ?? Number.POSITIVE_INFINITY);
  });

  it('kills a worker over harakiri and replaces it, and answers 500 where it has no application', async () => {
    const { trace, outcome } = await run(aUwsgi({ listens: http80, harakiri: fromSeconds(1) }), [
      hold(1, '/'),
      { do: 'await-outcome', request: requestId(1), atMost: fromSeconds(15) },
      ask(2, '/'),
      { do: 'act', act: { kind: 'break', script: '/srv/a.py' } },
      toServer('SIGHUP'),
      ask(3, '/'),
    ]);
    expect([outcome(1), outcome(2), outcome(3)]).toEqual(['failed', 200, 500]);
    expect(becauses(trace)).toEqual(['harakiri', 'server-restart', 'server-stop']);
  });
});

describe('a configuration that was read again', () => {
  const ports = { portFor: () => 0, fileOf: () => application };
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-again-'));
  const application = join(folder, 'a.py');
  writeFileSync(
    application,
    "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [str(environ['wsgi.multiprocess']).encode()]\n",
  );
  afterAll(() => rmSync(folder, { recursive: true }));
  const ask = async ({ ports }: WorkerGateway, port: number): Promise<string> =>
    (await fetch(`http://127.0.0.1:${ports.get(port)}/`)).text();

  it.each([
    ['gunicorn at SIGHUP', aGunicorn({ workers: 1 }), aGunicorn({ workers: 3 }), 'SIGHUP'],
    ['uWSGI at SIGHUP', aUwsgi({ lazyApps: true }), aUwsgi({ lazyApps: true, processes: 3 }), 'SIGHUP'],
    ['uWSGI at SIGTERM', aUwsgi({ lazyApps: true }), aUwsgi({ lazyApps: true, processes: 3 }), 'SIGTERM'],
  ] as const)('is followed by %s: workers, flags and ports', async (_, before, after, signal) => {
    const gateway = await WorkerGateway.start({ deployment: before, ...ports });
    expect([gateway.serving, await ask(gateway, 8000)]).toEqual([1, 'False']);
    const [first] = gateway.pids;
    const listens = [...after.listens, { ...(after.listens[0] ?? { address: '' }), port: 8001 }];
    await gateway.reconfigure({ ...after, listens } as WorkerDeployment, signal);
    await vi.waitFor(() => expect([gateway.serving, gateway.pids.length]).toEqual([3, 3]), { timeout: 20_000 });
    expect(gateway.pids).not.toContain(first);
    expect([await ask(gateway, 8000), await ask(gateway, 8001)]).toEqual(['True', 'True']);
    await gateway.stop();
  });

  it('of another server, or without its master, is not followed', async () => {
    const gateway = await WorkerGateway.start({ deployment: aUwsgi({ lazyApps: true }), ...ports });
    for (const other of [aGunicorn(), aUwsgi({ master: false })])
      await expect(gateway.reconfigure(other, 'SIGHUP')).rejects.toThrow('another one');
    expect(await ask(gateway, 8000)).toBe('False');
    await gateway.stop();
  });
});

describe('the rules of uWSGI on real processes', () => {
  const quick = { listens: http80, minWorkerLifetime: fromSeconds(2), workerReloadMercy: fromSeconds(8) };

  it.each([
    ['LIFE-UWSGI-02', 'ends a large worker after its request', aUwsgi({ ...quick, reloadOnRss: 1 })],
    ['LIFE-UWSGI-02', 'kills one that is far too large', aUwsgi({ ...quick, evilReloadOnAs: 1 })],
    ['LIFE-UWSGI-10', 'lets threads run while it is idle', aUwsgi({ ...quick, enableThreads: true })],
    ['SHUT-UWSGI-03', 'spares workers', aUwsgi({ ...quick, reloadMercy: fromSeconds(1), touchReload: ['/srv/a.py'] })],
  ] as const)('keep %s: it %s', async (id, _, deployment) => {
    const world = gatewayWorld();
    const steps = ownSituationsOf(deployment).flatMap((situation) => situation.steps);
    const run = { deployment, trace: await world.run({ deployment, steps }) };
    const rule = ruleById(id);
    expect(rule && judge(run, [rule], world.sees)).toMatchObject([{ verdict: 'pass' }]);
  });
});

describe('every situation of a server of workers', () => {
  it.each([
    ['gunicorn', aGunicorn({ listens: at80, workerClass: 'gthread', threads: 2, gracefulTimeout: fromSeconds(2) })],
    ['a plain server', aPlainServer({ listens: at80 })],
  ] as const)('goes through %s and leaves nothing running', async (_, deployment) => {
    const [ending] = endingsOf(deployment);
    const { trace } = await run(deployment, workerSituations<WorkerDeployment>(deployment, ending).steps);
    expect(eventsOf(trace, 'process.exited')).toHaveLength(eventsOf(trace, 'process.spawned').length);
    const outcomes = trace.filter(({ kind }) => kind === 'request.finished' || kind === 'request.failed');
    expect(outcomes).toHaveLength(eventsOf(trace, 'request.sent').length);
  });
});
