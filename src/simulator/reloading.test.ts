import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../spec/trace.ts';
import { fromSeconds, requestId } from '../../spec/vocabulary.ts';
import { aChildPool } from './a-deployment.ts';
import { ask, hold, replaced, run, shop, touch } from './a-run.ts';

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
