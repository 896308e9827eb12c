/** Chance with a seed: the same draws in the same order, everywhere. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export class Chance {
  readonly #generator;

  /** @param seed - Any integer; its lowest 32 bits count. */
  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** One of several; undefined of none. One of one costs no draw. */
  oneOf<T>(items: readonly T[]): T | undefined {
    return items.length < 2 ? items[0] : items[this.between(0, items.length - 1)];
  }
}
