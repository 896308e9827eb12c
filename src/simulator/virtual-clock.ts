/** Time that passes only when it is asked to. Machines run on it as on any other clock. */
import type { Clock } from '../../spec/machines/timers.ts';
import { type Millis, millis } from '../../spec/vocabulary.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/**
 * Fires every timer at its exact time, those of one time in the order in which they were set. A timer set by another
 * one counts from that one's time; XState's own SimulatedClock counts from the end of the step and is late.
 */
export class VirtualClock implements Clock {
  #now = 0;
  /** The latest first, so that the next one to fire is at the end. */
  readonly #timers: Timer[] = [];

  now(): Millis {
    return millis(this.#now);
  }

  /** @throws RangeError if the delay is negative, infinite or not a number. */
  setTimeout(fire: () => void, delay: number): unknown {
    if (!(delay >= 0 && delay < Number.POSITIVE_INFINITY)) throw new RangeError(`need a delay ≥ 0, got ${delay}`);
    const timer: Timer = { at: this.#now + delay, fire };
    this.#timers.splice(this.#placeOf(timer.at), 0, timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    const index = this.#timers.indexOf(timer as Timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  /**
   * Lets time pass until a condition holds, looked at before the first timer and after each one.
   * @param patience - How many ms to let pass at most; the time after it is not reached.
   * @returns whether the condition holds.
   */
  runUntil(holds: () => boolean, patience: number): boolean {
    const end = this.#now + patience;
    while (!holds()) {
      const next = this.#timers.at(-1);
      if (!next || next.at > end) return false;
      this.#timers.pop();
      this.#now = next.at;
      next.fire();
    }
    return true;
  }

  /** Where a timer belongs: after all later ones, before those of its own time, which fire first. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
