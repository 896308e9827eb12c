import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Deployment, mpms } from '../../spec/deployment.ts';
import type { Behaviour, Step } from '../../spec/scenario.ts';
import { eventsOf, type Observation, type Trace, type TraceEvent } from '../../spec/trace.ts';
import { fromSeconds, requestId, type Signal } from '../../spec/vocabulary.ts';
import { aChildPool, aDaemonGroup, aDeployment, at } from './a-deployment.ts';
import type { Defects } from './decisions.ts';
import { simulate } from './simulate.ts';

// -- Steps: `1` stands for the request r1 --
const ask = (id: number, path: string, behave?: Behaviour): Step => ({
  do: 'request',
  request: requestId(id),
  to: at(path),
  ...(behave && { behave }),
});
const hold = (id: number, path: string): Step => ({ do: 'hold', request: requestId(id), to: at(path) });
const crowd = (id: number, path: string): Step => ({ do: 'crowd', request: requestId(id), to: at(path) });
const release = (...ids: readonly number[]): Step => ({ do: 'release', requests: ids.map(requestId) });
const touch = (script: string): Step => ({ do: 'act', act: { kind: 'touch', script } });
const signal = (name: Signal, id: number): Step => ({
  do: 'act',
  act: { kind: 'signal', signal: name, processOf: requestId(id) },
});
const replaced = (id: number): Step => ({ do: 'await-replacement', processOf: requestId(id) });

/** What can be asked of a run. */
function run(deployment: Deployment, steps: readonly Step[], seed = 1, defects: Defects = {}) {
  const trace = simulate({ deployment, steps }, { seed, defects });
  const of = (id: number) => trace.filter((event) => 'request' in event && event.request === requestId(id));
  return {
    trace,
    seen(id: number): Observation {
      const found = eventsOf(trace, 'observation').find((event) => event.request === requestId(id));
      if (!found) throw new Error(`r${id} was not observed`);
      return found.seen;
    },
    /** A status, or why there is none. */
    outcome(id: number): number | string | undefined {
      const last = of(id).at(-1);
      return last?.kind === 'request.finished'
        ? last.status
        : last?.kind === 'request.failed'
          ? last.reason
          : undefined;
    },
    /** How long it took, in ms. */
    duration: (id: number): number => (of(id).at(-1)?.at ?? 0) - (of(id)[0]?.at ?? 0),
    kinds: (id: number): readonly string[] => of(id).map(({ kind }) => kind.replace('request.', '')),
    endings: (group: string): readonly string[] => endingsOf(trace, group),
  };
}

/** Why the processes of a group ended before the server stopped, in order. */
const endingsOf = (trace: Trace, group: string): readonly string[] =>
  eventsOf(trace, 'process.exited')
    .filter(({ process, because }) => process.startsWith(`${group}#`) && because !== 'server-stop')
    .map(({ because }) => because);

/** Two applications in the daemon group `shop`, one embedded. */
const shop = (options: Parameters<typeof aDaemonGroup>[1] = {}, more: Parameters<typeof aDeployment>[1] = {}) =>
  aDeployment(
    { '/shop': { processGroup: 'shop' }, '/cart': { processGroup: 'shop' }, '/blog': {} },
    { daemons: [aDaemonGroup('shop', options)], ...more },
  );

const anySeed = (check: (seed: number) => void): void => fc.assert(fc.property(fc.nat(), check), { numRuns: 25 });

describe('a script that was touched', () => {
  it('makes a daemon process go with everything in it, and its request is answered by another', () =>
    anySeed((seed) => {
      const { seen, outcome, kinds, endings } = run(
        shop({ threads: 2 }),
        [ask(1, '/shop'), ask(2, '/cart'), touch('/srv/shop.wsgi'), ask(3, '/cart'), ask(4, '/shop'), ask(5, '/cart')],
        seed,
      );
      expect(seen(3).process).toBe(seen(1).process);
      expect(seen(4).process).not.toBe(seen(1).process);
      expect(seen(5).process).toBe(seen(4).process);
      expect([seen(4).scriptCount, seen(5).moduleCount, outcome(4)]).toEqual([1, 1, 200]);
      expect(kinds(4)).toEqual(['sent', 'accepted', 'replayed', 'queued', 'accepted', 'observation', 'finished']);
      expect(endings('shop')).toEqual(['script-changed']);
    }));

  it('gives other requests in the process the shutdown-timeout and no more', () => {
    const steps = [
      hold(1, '/shop'),
      touch('/srv/cart.wsgi'),
      ask(2, '/cart'),
      touch('/srv/cart.wsgi'),
      ask(3, '/cart'),
    ];
    const { outcome, trace } = run(shop({ threads: 2, shutdownTimeout: fromSeconds(7) }), steps);
    const stopping = eventsOf(trace, 'process.stopping')[0];
    const lost = trace.find((event) => event.kind === 'request.finished' && event.request === requestId(1));
    expect((lost?.at ?? 0) - (stopping?.at ?? 0)).toBe(7_000);
    expect([outcome(1), outcome(3)]).toEqual([500, 200]);
  });

  it('is executed again in place by each child that is asked for it, in the interpreter that was there', () =>
    anySeed((seed) => {
      const one = aChildPool({ startServers: 1, serverLimit: 1 });
      const steps = [ask(1, '/blog'), touch('/srv/blog.wsgi'), ask(2, '/blog'), ask(3, '/blog')];
      const { seen, trace } = run(shop({}, { children: one }), steps, seed);
      expect(seen(2).process).toBe(seen(1).process);
      expect(seen(2).interpreter).toBe(seen(1).interpreter);
      expect(seen(2).scriptGlobals).not.toBe(seen(1).scriptGlobals);
      expect([seen(2).scriptCount, seen(2).moduleCount, seen(3).scriptCount]).toEqual([1, 2, 2]);
      expect(trace.filter(({ kind }) => kind.startsWith('application.')).map(({ kind }) => kind)).toEqual([
        'application.loaded',
        'application.reloaded',
      ]);
    }));

  it('changes nothing where script reloading is off, nor before a request asks for it', () => {
    const host = { settings: { scriptReloading: false } };
    const off = run(shop({}, { host }), [ask(1, '/shop'), touch('/srv/shop.wsgi'), ask(2, '/shop')]);
    expect(off.seen(2).scriptGlobals).toBe(off.seen(1).scriptGlobals);
    const unasked = run(shop(), [ask(1, '/shop'), touch('/srv/shop.wsgi'), replaced(1), ask(2, '/cart')]);
    expect(unasked.seen(2).process).toBe(unasked.seen(1).process);
  });

  it('can be refused by every process in turn, but is answered by one', () =>
    anySeed((seed) => {
      const visits = Array.from({ length: 30 }, (_, index) => ask(index + 1, '/shop'));
      const { outcome, kinds } = run(
        shop({ processes: 3, threads: 1 }),
        [...visits, touch('/srv/shop.wsgi'), ask(31, '/shop')],
        seed,
      );
      expect(outcome(31)).toBe(200);
      expect(kinds(31).filter((kind) => kind === 'replayed').length).toBeLessThanOrEqual(3);
    }));
});

describe('maximum-requests', () => {
  it('ends a process of one thread after exactly so many requests', () =>
    anySeed((seed) => {
      const { seen, endings } = run(
        shop({ threads: 1, maximumRequests: 3 }),
        Array.from({ length: 6 }, (_, index) => ask(index + 1, '/shop')),
        seed,
      );
      expect([1, 2, 3, 4, 5, 6].map((id) => seen(id).scriptCount)).toEqual([1, 2, 3, 1, 2, 3]);
      expect(endings('shop')).toEqual(['maximum-requests', 'maximum-requests']);
    }));

  it('lets a process with requests in progress go on taking more until there is none', () => {
    const { seen, trace } = run(shop({ threads: 2, maximumRequests: 1 }), [
      hold(1, '/shop'),
      ask(2, '/shop'),
      ask(3, '/shop'),
      release(1),
      ask(4, '/shop'),
    ]);
    expect([seen(2).process, seen(3).process]).toEqual([seen(1).process, seen(1).process]);
    expect(seen(4).process).not.toBe(seen(1).process);
    expect(eventsOf(trace, 'process.draining')).toHaveLength(1);
  });
});

describe('MaxConnectionsPerChild', () => {
  it('is the number of connections a child takes, under every MPM and whatever they are for', () => {
    for (const mpm of mpms) {
      const threads = mpm === 'prefork' ? 1 : 4;
      const deployment = shop(
        {},
        {
          server: { kind: 'apache', mpm, modWsgi: '4.9' },
          children: aChildPool({
            startServers: 1,
            threadsPerChild: threads,
            maxRequestWorkers: threads,
            serverLimit: 1,
            maxConnectionsPerChild: 3,
          }),
        },
      );
      const steps = [ask(1, '/blog'), ask(2, '/shop'), ask(3, '/blog'), ask(4, '/blog')];
      const { seen, endings } = run(deployment, steps);
      expect([seen(1).scriptCount, seen(3).scriptCount, seen(4).scriptCount]).toEqual([1, 2, 1]);
      expect(seen(3).process).not.toBe(seen(4).process);
      expect(endings('embedded')).toEqual(['max-connections-per-child']);
    }
  });

  it('is not exceeded by connections at once under event, which counts what it accepts', () => {
    const children = aChildPool({ serverLimit: 1, startServers: 1, maxRequestWorkers: 8, maxConnectionsPerChild: 2 });
    const { seen } = run(shop({}, { children }), [
      hold(1, '/blog'),
      hold(2, '/blog'),
      crowd(3, '/blog'),
      release(1, 2, 3),
    ]);
    expect(seen(2).process).toBe(seen(1).process);
    expect(seen(3).process).not.toBe(seen(1).process);
  });
});

describe('a process that ends', () => {
  it('loses the requests it has, but none that waits', () => {
    const { outcome, endings } = run(shop({ threads: 2 }), [
      hold(1, '/shop'),
      hold(2, '/cart'),
      crowd(3, '/shop'),
      signal('SIGKILL', 1),
      release(3),
    ]);
    expect([outcome(1), outcome(2), outcome(3)]).toEqual([500, 500, 200]);
    expect(endings('shop')).toEqual(['signal']);
  });

  it('by its own exit takes the other requests in it along', () => {
    const { outcome, endings, trace } = run(shop({ threads: 2 }), [
      hold(1, '/shop'),
      ask(2, '/cart', { kind: 'exit', code: 3 }),
      ask(3, '/shop'),
    ]);
    expect([outcome(1), outcome(2), outcome(3)]).toEqual([500, 500, 200]);
    expect(endings('shop')).toEqual(['crash']);
    expect(eventsOf(trace, 'process.exited')[0]?.exit).toEqual({ kind: 'returned', code: 3 });
  });

  it('answers 502 for what it loses from mod_wsgi 6 on, and an embedded application just hangs up', () => {
    const six = run(shop({}, { server: { kind: 'apache', mpm: 'event', modWsgi: '6' } }), [
      ask(1, '/shop', { kind: 'exit', code: 1 }),
      ask(2, '/blog', { kind: 'exit', code: 1 }),
    ]);
    expect([six.outcome(1), six.outcome(2)]).toEqual([502, 'process-lost']);
  });

  it('is replaced, and the group is whole again', () => {
    const { seen, trace } = run(shop({ processes: 2 }), [
      ask(1, '/shop'),
      signal('SIGKILL', 1),
      replaced(1),
      ask(2, '/shop'),
    ]);
    expect(eventsOf(trace, 'process.ready').filter(({ process }) => process.startsWith('shop'))).toHaveLength(3);
    expect(seen(2).pid).not.toBe(seen(1).pid);
  });

  it('takes a request on its connection with it, even one that a daemon process is working on', () => {
    const prefork = { server: { kind: 'apache', mpm: 'prefork', modWsgi: '4.9' } } as const;
    const children = aChildPool({ startServers: 1, threadsPerChild: 1, maxRequestWorkers: 1, serverLimit: 1 });
    const carrierDies: Defects = { respondsTo: () => 'die' };
    const { outcome, endings } = run(
      shop({}, { ...prefork, children }),
      [ask(1, '/blog'), hold(2, '/shop'), signal('SIGTERM', 1), ask(3, '/shop')],
      1,
      carrierDies,
    );
    expect([outcome(2), outcome(3)]).toEqual(['process-lost', 200]);
    expect(endings('shop')).toEqual([]);
  });
});

describe('a signal', () => {
  it('SIGINT to itself replaces a daemon process, after it has answered, and leaves a child alone', () =>
    anySeed((seed) => {
      const self: Behaviour = { kind: 'signal-self', signal: 'SIGINT' };
      const { seen, outcome, endings } = run(
        shop({}, { children: aChildPool({ startServers: 1, serverLimit: 1 }) }),
        [ask(1, '/shop', self), ask(2, '/shop'), ask(3, '/blog', self), ask(4, '/blog')],
        seed,
      );
      expect([1, 2, 3, 4].map(outcome)).toEqual([200, 200, 200, 200]);
      expect(seen(2).process).not.toBe(seen(1).process);
      expect(seen(4).process).toBe(seen(3).process);
      expect([endings('shop'), endings('embedded')]).toEqual([['signal'], []]);
    }));

  it('SIGUSR1 lets a daemon process finish, for the eviction-timeout and then the shutdown-timeout', () => {
    const options = { threads: 2, evictionTimeout: fromSeconds(2), gracefulTimeout: fromSeconds(30) };
    const { seen, trace } = run(shop(options), [hold(1, '/shop'), signal('SIGUSR1', 1), ask(2, '/shop'), replaced(1)]);
    expect(seen(2).process).toBe(seen(1).process);
    const draining = eventsOf(trace, 'process.draining')[0]?.at ?? 0;
    expect(eventsOf(trace, 'process.exited')[0]?.at).toBe(draining + 2_000 + 5_000);
  });

  it('SIGHUP ends a daemon process before mod_wsgi 6 and does nothing to it from there on', () => {
    const steps = [ask(1, '/shop'), signal('SIGHUP', 1), ask(2, '/shop')];
    const [old, six] = (['5', '6'] as const).map((modWsgi) =>
      run(shop({}, { server: { kind: 'apache', mpm: 'event', modWsgi } }), steps),
    );
    expect([old?.endings('shop'), six?.endings('shop')]).toEqual([['signal'], []]);
  });
});

describe('a queue', () => {
  it('holds what no thread can take, and whoever waited longest is next', () => {
    const { trace, kinds } = run(shop({ threads: 1 }), [
      hold(1, '/shop'),
      crowd(2, '/cart'),
      crowd(3, '/shop'),
      release(1, 2, 3),
    ]);
    expect(kinds(2)).toContain('queued');
    expect(eventsOf(trace, 'request.accepted').map(({ request }) => request)).toEqual(['r1', 'r2', 'r3']);
  });

  it('is left with 504 by a request that waited longer than queue-timeout, and that counts as a request', () => {
    const { outcome, seen } = run(
      shop({
        threads: 1,
        queueTimeout: fromSeconds(1),
        maximumRequests: 2,
        requestTimeout: fromSeconds(4),
        shutdownTimeout: fromSeconds(1),
      }),
      [hold(1, '/shop'), crowd(2, '/shop'), replaced(1), ask(3, '/shop'), ask(4, '/shop')],
    );
    expect(outcome(2)).toBe(504);
    expect(seen(3).process).not.toBe(seen(4).process);
  });

  it('forms in front of the children as well: a request to a daemon process keeps a thread of theirs', () => {
    const children = aChildPool({ startServers: 1, threadsPerChild: 1, maxRequestWorkers: 1, serverLimit: 1 });
    const { trace, outcome } = run(shop({}, { children }), [hold(1, '/shop'), crowd(2, '/shop'), release(1, 2)]);
    expect(eventsOf(trace, 'request.queued').map(({ processGroup }) => processGroup)).toEqual(['']);
    expect(outcome(2)).toBe(200);
  });
});

describe('a process that starts', () => {
  it('loads what it is to preload before it is ready', () => {
    const preloads = [
      {
        script: '/srv/shop.wsgi',
        processGroup: 'shop',
        applicationGroup: '%{GLOBAL}',
        because: 'WSGIImportScript',
        host: 0,
      },
      { script: '/srv/blog.wsgi', processGroup: '', applicationGroup: 'b', because: 'WSGIImportScript', host: 0 },
    ] as const;
    const { trace } = run(shop({}, { preloads }), []);
    const of = (process: string): readonly string[] =>
      trace.filter((event: TraceEvent) => 'process' in event && event.process === process).map(({ kind }) => kind);
    for (const process of ['shop#1', 'embedded#1', 'embedded#2'])
      expect(of(process).slice(0, 4)).toEqual([
        'process.spawned',
        'interpreter.created',
        'application.loaded',
        'process.ready',
      ]);
  });

  it('keeps every other application of the process waiting while it imports one', () =>
    anySeed((seed) => {
      const { trace, seen } = run(shop({ threads: 3 }), [crowd(1, '/shop'), crowd(2, '/cart'), release(1, 2)], seed);
      expect(seen(1).interpreter).not.toBe(seen(2).interpreter);
      const [first, second] = eventsOf(trace, 'application.loaded').map(({ at: time }) => time);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(10);
    }));
});

describe('time', () => {
  it('ends an idle process after inactivity-timeout and any after restart-interval, exactly', () => {
    const idle = run(shop({ inactivityTimeout: fromSeconds(30) }), [ask(1, '/shop'), replaced(1)]);
    const end = idle.trace.find((event) => event.kind === 'process.stopping')?.at ?? 0;
    expect(end - (eventsOf(idle.trace, 'request.finished')[0]?.at ?? 0)).toBe(30_000);
    const old = run(shop({ restartInterval: fromSeconds(90) }), [ask(1, '/shop'), replaced(1)]);
    const ready = eventsOf(old.trace, 'process.ready').find(({ process }) => process === 'shop#1')?.at ?? 0;
    expect(old.trace.find((event) => event.kind === 'process.stopping')?.at).toBe(ready + 90_000);
    expect([idle.endings('shop'), old.endings('shop')]).toEqual([['inactivity-timeout'], ['restart-interval']]);
  });

  it('does nothing where deadlock-timeout=0 switched the monitor off', () => {
    const options = {
      deadlockTimeout: fromSeconds(0),
      restartInterval: fromSeconds(3),
      requestTimeout: fromSeconds(1),
    };
    const { endings } = run(shop(options), [hold(1, '/shop'), replaced(1), release(1)]);
    expect(endings('shop')).toEqual([]);
  });

  it('lets more children come when too few threads are idle', () => {
    const children = aChildPool({
      startServers: 1,
      threadsPerChild: 2,
      maxRequestWorkers: 6,
      serverLimit: 3,
      spare: { min: 2, max: 6 },
    });
    const { trace } = run(
      shop({}, { children }),
      [1, 2, 3, 4, 5, 6].map((id) => hold(id, '/blog')),
    );
    expect(eventsOf(trace, 'process.spawned').filter(({ processGroup }) => processGroup === '')).toHaveLength(3);
  });
});

describe('the server itself', () => {
  it('answers what no application does', () => {
    const deployment = aDeployment({ '/a': { processGroup: 'nowhere' } }, { restrictEmbedded: true });
    const { outcome, trace } = run(deployment, [ask(1, '/a'), ask(2, '/b')]);
    expect([outcome(1), outcome(2)]).toEqual([500, 404]);
    expect(eventsOf(trace, 'request.accepted')).toEqual([]);
  });

  it('stops with every process gone, and lets go first of what is still held', () => {
    const { outcome, trace } = run(shop(), [hold(1, '/shop'), crowd(2, '/blog')]);
    expect([outcome(1), outcome(2)]).toEqual([200, 200]);
    expect(eventsOf(trace, 'process.exited')).toHaveLength(eventsOf(trace, 'process.spawned').length);
  });
});

describe('a scenario that cannot be meant', () => {
  it('is refused with the step and the reason', () => {
    expect(() => run(shop(), [ask(1, '/shop'), ask(1, '/shop')])).toThrow('step 2 (request r1): r1 was sent before');
    expect(() => run(shop(), [release(7)])).toThrow('step 1 (release r7): r7 was never sent');
    expect(() => run(shop(), [signal('SIGTERM', 7)])).toThrow('step 1 (signal): r7 was never sent');
    expect(() => run(shop({ threads: 1 }), [hold(1, '/shop'), ask(2, '/shop')])).toThrow(
      'step 2 (request r2): no answer; r2 waits for a thread of its process group',
    );
  });
});
