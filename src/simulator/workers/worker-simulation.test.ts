import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import { gunicornWorkerClasses } from '../../../spec/deployments/gunicorn.ts';
import type { Step } from '../../../spec/scenario.ts';
import { eventsOf, type ServerSignal, type Trace } from '../../../spec/trace.ts';
import { fromSeconds, millis, type ProcessId, requestId } from '../../../spec/vocabulary.ts';
import { workersOf } from '../../../spec/workers.ts';
import { endingsOf } from '../../probe/worker-endings.ts';
import { workerSituations } from '../../probe/worker-situations.ts';
import { ask, crowd, hold, release, replaced, run, signal, touch } from '../a-run.ts';
import { aGunicorn, anApplication, aPlainServer, aUwsgi } from '../a-worker-deployment.ts';

const toServer = (name: ServerSignal): Step => ({ do: 'act', act: { kind: 'server-signal', signal: name } });
const patience = (id: number, seconds: number): Step => ({
  do: 'await-outcome',
  request: requestId(id),
  atMost: fromSeconds(seconds),
});
const two = () =>
  [anApplication({ url: '/a' }), anApplication({ url: '/b', script: '/srv/b.py', module: 'b' })] as const;
const range = (count: number, from = 1): readonly number[] => Array.from({ length: count }, (_, index) => index + from);

/** The worker that took a request. */
const workerOf = (trace: Trace, id: number): ProcessId | undefined =>
  eventsOf(trace, 'request.accepted').findLast((event) => event.request === requestId(id))?.process;
const spawned = (trace: Trace): number => eventsOf(trace, 'process.spawned').length;
const reasons = (trace: Trace): readonly string[] => eventsOf(trace, 'process.exited').map(({ because }) => because);
/** The status a worker ended with, or the signal that killed it. */
const exits = (trace: Trace): readonly (number | string)[] =>
  eventsOf(trace, 'process.exited').map(({ exit }) => (exit.kind === 'returned' ? exit.code : exit.by));

const anyGunicorn = fc
  .record({ workerClass: fc.constantFrom(...gunicornWorkerClasses), workers: fc.integer({ min: 1, max: 4 }) })
  .map(({ workerClass, workers }) => aGunicorn({ workerClass, workers, threads: workerClass === 'gthread' ? 3 : 1 }));
const anyUwsgi = fc
  .record({
    processes: fc.integer({ min: 1, max: 4 }),
    threads: fc.integer({ min: 1, max: 3 }),
    lazyApps: fc.boolean(),
    master: fc.boolean(),
  })
  .map((options) => aUwsgi(options));
const anyPlain = fc
  .record({ processes: fc.integer({ min: 1, max: 3 }), threads: fc.integer({ min: 1, max: 4 }) })
  .map((options) => aPlainServer(options));
const anyWorkers: fc.Arbitrary<WorkerDeployment> = fc.oneof(anyGunicorn, anyUwsgi, anyPlain);
const seed = fc.nat(1000);

describe('a server of workers', () => {
  it('starts its workers ahead of requests, and no more for any of them', () =>
    fc.assert(
      fc.property(anyWorkers, seed, (deployment, chosen) => {
        const { trace } = run(deployment, [...range(6).map((id) => ask(id, '/'))], chosen);
        expect(spawned(trace)).toBe(workersOf(deployment).processes.max);
        const ready = eventsOf(trace, 'process.ready').at(-1)?.seq ?? 0;
        expect(eventsOf(trace, 'request.sent')[0]?.seq).toBeGreaterThan(ready);
      }),
      { numRuns: 50 },
    ));

  it('tells applications the flags that its configuration means, and is no mod_wsgi', () =>
    fc.assert(
      fc.property(anyWorkers, seed, (deployment, chosen) => {
        const { seen } = run(deployment, [ask(1, '/')], chosen);
        expect(seen(1)).toMatchObject({
          ...workersOf(deployment).flags,
          processGroup: null,
          applicationGroup: null,
          maximumProcesses: null,
          scriptName: '',
          pathInfo: '/',
          moduleName: 'a',
        });
      }),
      { numRuns: 50 },
    ));

  it('runs as many requests at once as all its threads, and keeps the others waiting, whoever is free first', () =>
    fc.assert(
      fc.property(fc.oneof(anyUwsgi, anyPlain), seed, (deployment, chosen) => {
        const { processes, threads } = workersOf(deployment);
        const room = processes.max * threads;
        const { trace, kinds } = run(
          deployment,
          [...range(room).map((id) => hold(id, '/')), crowd(room + 1, '/'), release(...range(room + 1))],
          chosen,
        );
        expect(eventsOf(trace, 'request.queued').map(({ request }) => request)).toEqual([requestId(room + 1)]);
        expect(kinds(room + 1)).toContain('observation');
        const of = (process: ProcessId): number => range(room).filter((id) => workerOf(trace, id) === process).length;
        for (const { process } of eventsOf(trace, 'process.spawned')) expect(of(process)).toBe(threads);
      }),
      { numRuns: 30 },
    ));

  it('has one set of globals in each worker, however it came there', () =>
    fc.assert(
      fc.property(anyWorkers, seed, (deployment, chosen) => {
        const { seen } = run(deployment, [...range(8).map((id) => ask(id, '/'))], chosen);
        const observations = range(8).map(seen);
        for (const one of observations)
          for (const other of observations)
            expect(one.scriptGlobals === other.scriptGlobals).toBe(one.process === other.process);
      }),
      { numRuns: 30 },
    ));

  it('replaces a worker that dies where somebody is there to do it', () => {
    const steps = [ask(1, '/'), signal('SIGKILL', 1), replaced(1), ask(2, '/')];
    for (const deployment of [aGunicorn(), aUwsgi()]) {
      const { trace, outcome } = run(deployment, steps);
      expect([spawned(trace), outcome(2)]).toEqual([2, 200]);
    }
    const orphans = run(aUwsgi({ master: false, processes: 2 }), steps);
    expect(spawned(orphans.trace)).toBe(2);
  });
});

describe('gunicorn', () => {
  it('replaces a worker for its requests, each after a number that it drew', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(3), seed, (maxRequests, maxRequestsJitter, chosen) => {
        const { trace } = run(
          aGunicorn({ maxRequests, maxRequestsJitter }),
          range(12).map((id) => ask(id, '/')),
          chosen,
        );
        const spent = eventsOf(trace, 'process.exited').filter(({ because }) => because === 'max-requests');
        const had = spent.map(
          ({ process }) => eventsOf(trace, 'request.accepted').filter((event) => event.process === process).length,
        );
        for (const count of had) expect(count).toBeGreaterThanOrEqual(maxRequests);
        for (const count of had) expect(count).toBeLessThanOrEqual(maxRequests + maxRequestsJitter);
        expect(spent.length).toBeGreaterThanOrEqual(Math.floor(12 / (maxRequests + maxRequestsJitter)) - 1);
      }),
      { numRuns: 30 },
    ));

  it('kills a sync worker over a request that takes longer than timeout, and no other worker', () => {
    const steps = [hold(1, '/'), patience(1, 40), release(1), ask(2, '/')];
    const sync = run(aGunicorn({ timeout: fromSeconds(5) }), steps);
    expect([sync.outcome(1), sync.outcome(2)]).toEqual(['process-lost', 200]);
    expect(reasons(sync.trace)).toEqual(['timeout', 'server-stop']);
    for (const workerClass of ['gthread', 'gevent'] as const)
      expect(run(aGunicorn({ workerClass, timeout: fromSeconds(5) }), steps).outcome(1)).toBe(200);
  });

  it('kills a worker whose main loop stands still by SIGABRT, which it does not hear, and then by SIGKILL', () => {
    const { trace } = run(aGunicorn({ workerClass: 'gthread', timeout: fromSeconds(5) }), [
      crowd(9, '/'),
      release(9),
      ask(1, '/', { kind: 'hold-gil' }),
    ]);
    expect(reasons(trace)[0]).toBe('timeout');
    expect(exits(trace)[0]).toBe('SIGKILL');
  });

  it('lets old workers finish after SIGHUP while new ones serve', () => {
    const { trace, outcome } = run(aGunicorn({ workers: 2 }), [
      hold(1, '/'),
      toServer('SIGHUP'),
      ask(2, '/'),
      ask(3, '/'),
      release(1),
    ]);
    expect([outcome(1), outcome(2), outcome(3)]).toEqual([200, 200, 200]);
    expect(spawned(trace)).toBe(4);
    expect(workerOf(trace, 2)).toMatch(/worker#[34]/);
    expect(reasons(trace).filter((because) => because === 'server-restart')).toHaveLength(2);
  });

  it('goes up and down by TTIN and TTOU, not below one, and forgets it at SIGHUP', () => {
    const steps = [toServer('SIGTTIN'), toServer('SIGTTIN'), toServer('SIGTTOU'), toServer('SIGTTOU')] as const;
    const { trace } = run(aGunicorn(), [...steps, toServer('SIGTTOU'), ask(1, '/')]);
    expect(spawned(trace)).toBe(3);
    expect(reasons(trace)).toEqual(['surplus', 'surplus', 'server-stop']);
    const again = run(aGunicorn(), [toServer('SIGTTIN'), toServer('SIGHUP'), ask(1, '/')]);
    expect(spawned(again.trace)).toBe(3);
  });

  it('starts a second arbiter at SIGUSR2, which goes on when the first one stops', () => {
    const { trace, outcome, seen } = run(aGunicorn({ preloadApp: true }), [
      toServer('SIGUSR2'),
      toServer('SIGUSR2'),
      toServer('SIGTERM'),
      ask(1, '/'),
    ]);
    expect(spawned(trace)).toBe(2);
    expect(outcome(1)).toBe(200);
    expect(seen(1).pid).toBeGreaterThan(0);
    expect(workerOf(trace, 1)).toBe('arbiter2-worker#1');
  });

  it('stops gracefully at SIGTERM, for as long as graceful_timeout says', () => {
    const patient = run(aGunicorn(), [hold(1, '/'), toServer('SIGTERM')]);
    expect(exits(patient.trace)).toEqual(['SIGKILL']);
    const at = eventsOf(patient.trace, 'process.exited')[0]?.at ?? 0;
    const told = eventsOf(patient.trace, 'process.draining')[0]?.at ?? 0;
    expect(at - told).toBe(30_000);
    expect(patient.outcome(1)).toBe('process-lost');
  });

  it('loses what is in progress at SIGINT, but for gthread', () => {
    const steps = [hold(1, '/'), toServer('SIGINT'), release(1)];
    expect(run(aGunicorn(), steps).outcome(1)).toBe('process-lost');
    const { trace } = run(aGunicorn({ workerClass: 'gthread', gracefulTimeout: fromSeconds(3) }), steps);
    expect(eventsOf(trace, 'process.draining')).toHaveLength(1);
  });

  it('stops as a whole when a worker cannot load its application', () => {
    const { trace, outcome } = run(aGunicorn({ workers: 1 }), [
      ask(1, '/'),
      { do: 'act', act: { kind: 'break', script: '/srv/a.py' } },
      toServer('SIGHUP'),
      ask(2, '/'),
    ]);
    expect(exits(trace)).toContain(3);
    expect(outcome(2)).toBe('ECONNREFUSED');
  });

  it('loads once before the fork with preload_app, and SIGHUP does not load again', () => {
    const { trace } = run(aGunicorn({ preloadApp: true, workers: 3 }), [ask(1, '/'), toServer('SIGHUP'), ask(2, '/')]);
    expect(eventsOf(trace, 'application.loaded').map(({ process }) => process)).toEqual(['arbiter#1']);
    const seen = eventsOf(trace, 'observation').map((event) => event.seen);
    expect(new Set(seen.map((one) => one.loadedBy)).size).toBe(1);
    expect(seen.some((one) => one.loadedBy === one.process)).toBe(false);
    const lazy = run(aGunicorn({ workers: 3 }), [ask(1, '/')]);
    expect(lazy.seen(1).loadedBy).toBe(lazy.seen(1).process);
    expect(eventsOf(lazy.trace, 'application.loaded')).toHaveLength(3);
  });

  it('does nothing about a touched file, unless it is told to reload', () => {
    const steps = [ask(1, '/'), touch('/srv/a.py'), hold(2, '/'), patience(2, 3), release(2), ask(3, '/')];
    expect(reasons(run(aGunicorn(), steps).trace)).toEqual(['server-stop']);
    expect(reasons(run(aGunicorn({ reload: true }), steps).trace)).toEqual(['reload', 'server-stop']);
  });
});

describe('uWSGI', () => {
  it('gives the first application the main interpreter, and each further one its own unless told otherwise', () => {
    const steps = [ask(1, '/a/x'), ask(2, '/b')];
    const many = run(aUwsgi({ applications: two(), manageScriptName: true }), steps);
    expect(many.seen(1)).toMatchObject({ scriptName: '/a', pathInfo: '/x', moduleName: 'a' });
    expect(many.seen(2)).toMatchObject({ scriptName: '/b', pathInfo: '', moduleName: 'b' });
    expect(many.seen(1).interpreter).not.toBe(many.seen(2).interpreter);
    const single = run(aUwsgi({ applications: two(), manageScriptName: true, singleInterpreter: true }), steps);
    expect(single.seen(1).interpreter).toBe(single.seen(2).interpreter);
  });

  it('replaces a worker for its requests only when it is old enough', () => {
    const steps = [...range(6).map((id) => ask(id, '/')), ask(7, '/')];
    expect(spawned(run(aUwsgi({ maxRequests: 3 }), steps).trace)).toBe(1);
    const { trace } = run(aUwsgi({ maxRequests: 3, minWorkerLifetime: millis(0) }), steps);
    expect(reasons(trace)).toEqual(['max-requests', 'max-requests', 'server-stop']);
  });

  it('serves nobody while it reloads, and keeps whoever comes waiting', () => {
    const { trace, outcome } = run(aUwsgi({ touchReload: ['/srv/reload'], processes: 2 }), [
      hold(1, '/'),
      touch('/srv/reload'),
      patience(1, 2),
      crowd(2, '/'),
      release(1, 2),
    ]);
    expect([outcome(1), outcome(2)]).toEqual([200, 200]);
    expect(workerOf(trace, 2)).toMatch(/worker#[34]/);
    expect(eventsOf(trace, 'application.loaded').map(({ process }) => process)).toEqual(['master#1', 'master#2']);
    const firstNew = eventsOf(trace, 'process.spawned')[2]?.seq ?? 0;
    const lastOld = eventsOf(trace, 'process.exited')[1]?.seq ?? 0;
    expect(firstNew).toBeGreaterThan(lastOld);
  });

  it('shows no mercy beyond worker-reload-mercy', () => {
    const { trace, outcome } = run(aUwsgi({ workerReloadMercy: fromSeconds(2) }), [hold(1, '/'), toServer('SIGHUP')]);
    expect(outcome(1)).toBe('process-lost');
    expect(exits(trace)[0]).toBe('SIGKILL');
  });

  it('takes SIGTERM for a brutal reload, and for a stop with die-on-term', () => {
    const { trace, outcome } = run(aUwsgi(), [hold(1, '/'), toServer('SIGTERM'), ask(2, '/')]);
    expect([outcome(1), outcome(2)]).toEqual(['process-lost', 200]);
    expect(reasons(trace)).toEqual(['server-restart', 'server-stop']);
    expect(run(aUwsgi({ dieOnTerm: true }), [toServer('SIGTERM'), ask(2, '/')]).outcome(2)).toBe('ECONNREFUSED');
    expect(run(aUwsgi(), [toServer('SIGINT'), ask(2, '/')]).outcome(2)).toBe('ECONNREFUSED');
  });

  it('kills a worker over harakiri, whose one timer each new request winds up', () => {
    const { outcome, trace } = run(aUwsgi({ harakiri: fromSeconds(3) }), [hold(1, '/'), patience(1, 9), ask(2, '/')]);
    expect([outcome(1), outcome(2)]).toEqual(['process-lost', 200]);
    expect([reasons(trace)[0], exits(trace)[0]]).toEqual(['harakiri', 'SIGKILL']);
    const other = run(aUwsgi({ harakiri: fromSeconds(3), threads: 2 }), [
      hold(1, '/'),
      patience(1, 2),
      ask(2, '/'),
      patience(1, 5),
      release(1),
    ]);
    expect(other.outcome(1)).toBe(200);
  });

  it('starts more workers under load with cheaper, and lets them go when it is over', () => {
    const cheaper = { algorithm: 'spare', min: 1, initial: 1, step: 1, overload: 3 };
    const { trace, seen } = run(aUwsgi({ processes: 4, cheaper }), [
      hold(1, '/'),
      patience(1, 10),
      hold(2, '/'),
      patience(1, 10),
      release(1, 2),
      hold(3, '/'),
      patience(3, 30),
      release(3),
    ]);
    expect(seen(1).multiprocess).toBe(true);
    expect(spawned(trace)).toBeGreaterThanOrEqual(3);
    expect(reasons(trace)).toContain('surplus');
  });

  it('answers 500 without an application, and exits where it needs one', () => {
    const steps: readonly Step[] = [
      ask(1, '/'),
      { do: 'act', act: { kind: 'break', script: '/srv/a.py' } },
      toServer('SIGHUP'),
      ask(2, '/'),
    ];
    expect(run(aUwsgi(), steps).outcome(2)).toBe(500);
    expect(run(aUwsgi({ lazyApps: true }), steps).outcome(2)).toBe(500);
    expect(run(aUwsgi({ needApp: true }), steps).outcome(2)).toBe('ECONNREFUSED');
    expect(run(aUwsgi({ needApp: true, lazyApps: true }), steps).outcome(2)).toBe('ECONNREFUSED');
  });

  it('restarts one worker after the other in a chain, and all of them at once without', () => {
    const steps = [ask(1, '/'), touch('/srv/chain'), hold(2, '/'), patience(2, 20), release(2)];
    const chain = run(aUwsgi({ processes: 3, touchChainReload: ['/srv/chain'] }), steps).trace;
    const told = eventsOf(chain, 'process.draining').filter(({ because }) => because === 'touch-chain-reload');
    expect(told.length).toBeGreaterThanOrEqual(2);
    const ready = eventsOf(chain, 'process.ready');
    expect(told[1]?.seq).toBeGreaterThan(ready[3]?.seq ?? Number.POSITIVE_INFINITY);
    const all = run(aUwsgi({ processes: 3, touchWorkersReload: ['/srv/chain'] }), steps).trace;
    expect(eventsOf(all, 'process.draining').filter(({ because }) => because === 'touch-workers-reload')).toHaveLength(
      3,
    );
    expect(eventsOf(all, 'application.loaded')).toHaveLength(1);
  });

  it('ends a worker that is as old as max-worker-lifetime allows, after its request', () => {
    const { trace, outcome } = run(aUwsgi({ maxWorkerLifetime: fromSeconds(20) }), [
      hold(1, '/'),
      patience(1, 30),
      release(1),
      ask(2, '/'),
    ]);
    expect([outcome(1), outcome(2)]).toEqual([200, 200]);
    expect(reasons(trace)).toEqual(['max-worker-lifetime', 'server-stop']);
  });
});

describe('every situation of a server of workers', () => {
  const servers: readonly WorkerDeployment[] = [
    aGunicorn({ workers: 2, maxRequests: 4, maxRequestsJitter: 2, timeout: fromSeconds(3) }),
    aGunicorn({ workerClass: 'gthread', threads: 3, workers: 2, preloadApp: true, maxRequests: 5 }),
    aGunicorn({ workerClass: 'gevent', workers: 2, reload: true, timeout: fromSeconds(2) }),
    aGunicorn({ daemon: true, gracefulTimeout: fromSeconds(2) }),
    aUwsgi({ processes: 2, threads: 2, maxRequests: 3, minWorkerLifetime: millis(0), harakiri: fromSeconds(3) }),
    aUwsgi({
      processes: 3,
      lazyApps: true,
      needApp: true,
      touchReload: ['/srv/a.py'],
      workerReloadMercy: fromSeconds(2),
    }),
    aUwsgi({
      processes: 4,
      cheaper: { algorithm: 'spare', min: 1, initial: 2, step: 1, overload: 3 },
      dieOnTerm: true,
      touchChainReload: ['/srv/chain'],
    }),
    aUwsgi({ master: false, processes: 2 }),
    aUwsgi({ applications: two(), manageScriptName: true, lazy: true, pyAutoReload: fromSeconds(1) }),
    aPlainServer(),
    // A thread for each request.
    aPlainServer({ server: 'werkzeug', threads: Number.MAX_SAFE_INTEGER }),
    aPlainServer({
      processes: 2,
      promises: { countsProcesses: true, countsThreads: true, replacesProcesses: true, reloadsOn: 'SIGHUP' },
    }),
  ];

  it('can be simulated, and leaves nothing running', () => {
    for (const deployment of servers)
      for (const ending of endingsOf(deployment).length === 0 ? [undefined] : endingsOf(deployment)) {
        const { steps } = workerSituations(deployment, ending);
        const { trace } = run(deployment, steps);
        expect(eventsOf(trace, 'process.exited'), `${deployment.kind} ${ending}`).toHaveLength(spawned(trace));
        const outcomes = trace.filter(({ kind }) => kind === 'request.finished' || kind === 'request.failed');
        expect(outcomes).toHaveLength(eventsOf(trace, 'request.sent').length);
      }
  });
});

describe('one seed and one scenario', () => {
  it('give one trace, of any server', () =>
    fc.assert(
      fc.property(anyWorkers, seed, (deployment, chosen) => {
        const steps = [hold(1, '/'), ask(2, '/x'), signal('SIGTERM', 1), release(1)].filter(
          (step) => step.do !== 'request' || workersOf(deployment).processes.max > 1,
        );
        expect(run(deployment, steps, chosen).trace).toEqual(run(deployment, steps, chosen).trace);
      }),
      { numRuns: 30 },
    ));
});
