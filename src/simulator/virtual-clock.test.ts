import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { VirtualClock } from './virtual-clock.ts';

const never = (): boolean => false;

describe('virtual time', () => {
  it('fires timers at their exact times, those of one time in the order set', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (delays) => {
        const clock = new VirtualClock();
        const fired: (readonly [number, number])[] = [];
        for (const [index, delay] of delays.entries()) clock.setTimeout(() => fired.push([clock.now(), index]), delay);
        clock.runUntil(never, 100);
        const due = delays.map((delay, index) => [delay, index] as const);
        expect(fired).toEqual(due.toSorted(([a], [b]) => a - b));
      }),
    );
  });

  it('counts a chained timer from the moment it is set, not from the end of the run', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (delays) => {
        const clock = new VirtualClock();
        const fired: number[] = [];
        const chain = ([next, ...rest]: readonly number[]): void => {
          if (next === undefined) return;
          clock.setTimeout(() => {
            fired.push(clock.now());
            chain(rest);
          }, next);
        };
        chain(delays);
        clock.runUntil(never, 10_000);
        expect(fired).toEqual(delays.map((_, index) => delays.slice(0, index + 1).reduce((sum, delay) => sum + delay)));
      }),
    );
  });

  it('never fires a timer that was cleared, by another timer of the same time either', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimeout(() => clock.clearTimeout(second), 5);
    const second = clock.setTimeout(() => fired.push('second'), 5);
    clock.clearTimeout(clock.setTimeout(() => fired.push('first'), 1));
    clock.runUntil(never, 10);
    expect(fired).toEqual([]);
  });

  it('passes no further than to the moment a condition holds, and not beyond its patience', () => {
    const clock = new VirtualClock();
    let fired = 0;
    for (const at of [3, 3, 7, 20]) clock.setTimeout(() => fired++, at);
    expect(clock.runUntil(() => fired === 1, 100)).toBe(true);
    expect([clock.now(), fired]).toEqual([3, 1]);
    expect(clock.runUntil(never, 10)).toBe(false);
    expect([clock.now(), fired]).toEqual([7, 3]);
    expect(clock.runUntil(() => fired === 3, 0)).toBe(true);
  });

  it('has no time before now and no timer without an end', () => {
    const clock = new VirtualClock();
    for (const delay of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => clock.setTimeout(() => {}, delay)).toThrow(RangeError);
  });

  it('drives machines whose delayed transitions follow one another', () => {
    const clock = new VirtualClock();
    const entered: number[] = [];
    const enter = () => entered.push(clock.now());
    const light = createMachine({
      initial: 'red',
      states: {
        red: { entry: enter, after: { 30: 'green' } },
        green: { entry: enter, after: { 20: 'amber' } },
        amber: { entry: enter, after: { 5: 'red' } },
      },
    });
    createActor(light, { clock }).start();
    clock.runUntil(never, 100);
    expect(entered).toEqual([0, 30, 50, 55, 85]);
  });
});
