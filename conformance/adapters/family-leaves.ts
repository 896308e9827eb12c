/**
 * Which processes of an unknown server may run applications, judged from outside: those that have made no others, and stay.
 * A parent that supervises has children, a helper is soon gone. What an observation names counts in any case.
 */
import { childrenOf } from './process-family.ts';

/** How long a process must have been there without a child, in ms. */
const probation = 100;

export class FamilyLeaves {
  readonly #parent: number;
  /** Since when each process has been known, by the clock of this process. */
  readonly #since = new Map<number, number>();
  readonly #parents = new Set<number>();

  constructor(parent: number) {
    this.#parent = parent;
  }

  /** Looks, and tells the pids that have stood their probation. */
  look(): readonly number[] {
    const now = performance.now();
    const found = this.#walk(this.#parent);
    for (const pid of this.#since.keys()) if (!found.includes(pid)) this.#forget(pid);
    for (const pid of found) if (!this.#since.has(pid)) this.#since.set(pid, now);
    return found.filter((pid) => !this.#parents.has(pid) && now - (this.#since.get(pid) ?? now) >= probation);
  }

  #walk(pid: number): readonly number[] {
    const children = childrenOf(pid);
    if (children.length > 0) this.#parents.add(pid);
    return [pid, ...children.flatMap((child) => this.#walk(child))];
  }

  #forget(pid: number): void {
    this.#since.delete(pid);
    this.#parents.delete(pid);
  }
}
