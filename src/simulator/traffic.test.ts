import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../spec/scenario.ts';
import { eventsOf, type TraceEvent } from '../../spec/trace.ts';
import { fromSeconds, requestId } from '../../spec/vocabulary.ts';
import { aChildPool, aDeployment, at } from './a-deployment.ts';
import { ask, crowd, hold, release, replaced, run, shop, signal, signalServer } from './a-run.ts';

const anySeed = (check: (seed: number) => void): void => fc.assert(fc.property(fc.nat(), check), { numRuns: 25 });

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

describe('a request by a connection that its client keeps', () => {
  it.each([
    [4, undefined],
    [6, true],
  ])('says after %i s of 5 whether it had to connect again: %s', (seconds, reconnected) => {
    const by = (id: number): Step => ({ do: 'request', request: requestId(id), to: at('/shop'), connection: 'kept' });
    const { trace } = run(shop(), [by(1), { do: 'rest', ms: fromSeconds(seconds) }, by(2)]);
    expect(eventsOf(trace, 'request.finished').map((end) => end.reconnected)).toEqual([undefined, reconnected]);
  });
});

describe('a child of worker whose slot another one leaves', () => {
  it.each([
    ['is answered', release(1)],
    ['is lost with its process', signal('SIGKILL', 1)],
  ])('has the threads that have ended, and the last one as soon as the request in it %s', (_, endsIt) =>
    anySeed((seed) => {
      const children = aChildPool({ startServers: 1, threadsPerChild: 2, maxRequestWorkers: 2, serverLimit: 1 });
      const { trace, seen } = run(
        aDeployment({ '/blog': {} }, { server: { mpm: 'worker', modWsgi: '4.9' }, children }),
        [
          hold(1, '/blog'),
          signalServer('SIGUSR1'),
          hold(2, '/blog'),
          crowd(3, '/blog'),
          endsIt,
          release(3),
          release(2),
        ],
        seed,
      );
      expect(seen(2).process).not.toBe(seen(1).process);
      expect(seen(3).process).toBe(seen(2).process);
      const entered = trace.find((event) => event.kind === 'request.accepted' && event.request === requestId(3));
      const over = (id: number) =>
        trace.find(
          (event) =>
            (event.kind === 'request.finished' || event.kind === 'request.failed') && event.request === requestId(id),
        );
      expect(entered?.seq).toBeGreaterThan(over(1)?.seq ?? Number.POSITIVE_INFINITY);
      expect(entered?.seq).toBeLessThan(over(2)?.seq ?? 0);
    }),
  );
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
    expect(() =>
      run(shop({ threads: 1, socketTimeout: fromSeconds(600) }), [hold(1, '/shop'), ask(2, '/shop')]),
    ).toThrow('step 2 (request r2): no answer; r2 waits for a thread of its process group');
  });
});
