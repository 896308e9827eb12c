import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilenceWatch, type Watched } from './silence-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Something that can move, and says when it was found silent. */
class Mover implements Watched {
  moved = 0;
  silentAt: number | null = null;
  readonly #began = Date.now();

  onSilence(): void {
    this.silentAt = Date.now() - this.#began;
  }
}

describe('a watch for silence', () => {
  it.each([1000, 2000, 60_000])(
    'finds what does not move for %i ms, not early and by no more than a quarter late',
    (timeout) => {
      const watch = new SilenceWatch(timeout);
      const mover = new Mover();
      watch.add(mover);
      vi.advanceTimersByTime(timeout - 1);
      expect(mover.silentAt).toBeNull();
      vi.advanceTimersByTime(timeout);
      expect(mover.silentAt).toBeGreaterThanOrEqual(timeout);
      expect(mover.silentAt).toBeLessThanOrEqual(timeout * 1.25);
    },
  );

  it('begins anew with every move', () => {
    const watch = new SilenceWatch(1000);
    const mover = new Mover();
    watch.add(mover);
    for (let move = 1; move <= 5; move++) {
      vi.advanceTimersByTime(900);
      mover.moved = move;
    }
    expect(mover.silentAt).toBeNull();
    vi.advanceTimersByTime(1250);
    expect(mover.silentAt).toBeGreaterThanOrEqual(4500 + 1000);
  });

  it('leaves no timer when nothing is watched', () => {
    const watch = new SilenceWatch(1000);
    const mover = new Mover();
    watch.add(mover);
    watch.remove(mover);
    vi.advanceTimersByTime(125);
    expect(vi.getTimerCount()).toBe(0);
    new SilenceWatch(Number.POSITIVE_INFINITY).add(mover);
    expect(vi.getTimerCount()).toBe(0);
  });
});
