import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mpms } from '../../spec/deployments/apache.ts';
import type { Behaviour } from '../../spec/scenario.ts';
import { eventsOf } from '../../spec/trace.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { aChildPool } from './a-deployment.ts';
import { ask, crowd, hold, release, replaced, run, shop, signal, signalServer } from './a-run.ts';
import type { Defects } from './decisions.ts';

const anySeed = (check: (seed: number) => void): void => fc.assert(fc.property(fc.nat(), check), { numRuns: 25 });

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
          kind: 'apache',
          server: { mpm, modWsgi: '4.9' },
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
    const six = run(shop({}, { kind: 'apache', server: { mpm: 'event', modWsgi: '6' } }), [
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
    const prefork = { kind: 'apache', server: { mpm: 'prefork', modWsgi: '4.9' } } as const;
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

  it('SIGHUP and SIGTERM to the server leave clients without an answer before any process is gone', () => {
    for (const mpm of mpms)
      for (const sent of ['SIGHUP', 'SIGTERM'] as const) {
        const server = { kind: 'apache', server: { mpm, modWsgi: '4.9' } } as const;
        const { trace, outcome } = run(shop({ threads: 2 }, server), [
          hold(1, '/shop'),
          signalServer(sent),
          release(1),
        ]);
        expect(outcome(1)).toBe('connection-closed');
        const failed = eventsOf(trace, 'request.failed')[0]?.seq ?? 0;
        for (const exited of eventsOf(trace, 'process.exited').filter(({ process }) => process.startsWith('shop')))
          expect(exited.seq).toBeGreaterThan(failed);
      }
  });

  it('SIGHUP ends a daemon process that began with the server before mod_wsgi 6, and does nothing to any other', () => {
    const steps = [ask(1, '/shop'), signal('SIGHUP', 1), ask(2, '/shop'), signal('SIGHUP', 2), ask(3, '/shop')];
    const [old, six] = (['5', '6'] as const).map((modWsgi) =>
      run(shop({}, { kind: 'apache', server: { mpm: 'event', modWsgi } }), steps),
    );
    expect([old?.endings('shop'), six?.endings('shop')]).toEqual([['signal'], []]);
  });
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
