import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheaperRound, firstCounts } from './cheaper.ts';

const cheaper = fc.record({
  algorithm: fc.constant('spare'),
  min: fc.integer({ min: 1, max: 5 }),
  initial: fc.integer({ min: 1, max: 5 }),
  step: fc.integer({ min: 1, max: 4 }),
  overload: fc.integer({ min: 1, max: 5 }),
});
const load = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.nat(10), fc.nat(10))
  .map(([active, busy, vacant]) => ({ active, busy: Math.min(busy, active), vacant }));
const counts = fc.record({ overload: fc.nat(6), idle: fc.nat(20) });

describe('cheaper', () => {
  it('never starts more than a step or than there is room for, and never starts and stops at once', () =>
    fc.assert(
      fc.property(load, cheaper, counts, (now, options, before) => {
        const { start, stop } = cheaperRound(now, options, before);
        expect(start).toBeLessThanOrEqual(Math.min(options.step, now.vacant));
        expect(stop && start > 0).toBe(false);
        if (stop) expect(now.active).toBeGreaterThan(options.min);
      }),
    ));

  it('keeps exactly one worker to spare where the load lets it', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), cheaper, (active, options) => {
        const { start, stop } = cheaperRound({ active, busy: active - 1, vacant: 5 }, options, firstCounts);
        expect([start, stop]).toEqual([0, false]);
      }),
    ));

  it('starts workers in the cycle after cheaper-overload busy ones', () =>
    fc.assert(
      fc.property(cheaper, (options) => {
        let before = firstCounts;
        for (let cycle = 1; cycle <= options.overload; cycle++) {
          const round = cheaperRound({ active: 1, busy: 1, vacant: 9 }, options, before);
          expect(round.start).toBe(0);
          before = round;
        }
        expect(cheaperRound({ active: 1, busy: 1, vacant: 9 }, options, before).start).toBe(options.step);
      }),
    ));
});
