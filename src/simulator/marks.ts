/** Opaque marks and counts of what probes see, by key. */
import type { Mark } from '../../spec/trace.ts';

/** The same key gets the same mark, and no two keys get the same. */
export class Marks {
  readonly #marks = new Map<string, Mark>();

  of(what: string, key: string): Mark {
    const known = this.#marks.get(`${what} ${key}`);
    if (known) return known;
    const mark = `${what}-${this.#marks.size + 1}` as Mark;
    this.#marks.set(`${what} ${key}`, mark);
    return mark;
  }
}

/** Adds to the count of a key. @returns the new one. */
export function add(counts: Map<string, number>, key: string, amount: number): number {
  const sum = (counts.get(key) ?? 0) + amount;
  counts.set(key, sum);
  return sum;
}
