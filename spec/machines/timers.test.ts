import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millis } from '../vocabulary.ts';
import { type Clock, orNever, patientClock } from './timers.ts';

function recordingClock() {
  const set: number[] = [];
  const cleared: unknown[] = [];
  const clock: Clock = {
    setTimeout: (_, delay) => set.push(delay),
    clearTimeout: (timer) => {
      cleared.push(timer);
    },
  };
  return { set, cleared, clock: patientClock(clock) };
}

describe('a patient clock', () => {
  it('passes a finite delay on, cut to what the host can hold: Node fires a longer one at once', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), (delay) => {
        const { set, cleared, clock } = recordingClock();
        const timer = clock.setTimeout(() => {}, delay);
        clock.clearTimeout(timer);
        expect(set).toEqual([Math.min(delay, 2 ** 31 - 1)]);
        expect(cleared).toEqual([timer]);
      }),
    );
  });

  it('accepts a timer without end, never sets it, and lets it be cleared', () => {
    const { set, cleared, clock } = recordingClock();
    clock.clearTimeout(clock.setTimeout(() => {}, orNever(millis(0))));
    expect([set, cleared]).toEqual([[], []]);
  });
});
