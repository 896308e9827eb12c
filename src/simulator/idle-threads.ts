/** The threads of a process that have nothing to do, by their numbers from 1: the one that was used last stands last. */
export class IdleThreads {
  readonly #count: number;
  readonly #used: number[] = [];
  /** The lowest that was never used; there may be more of them than anybody could list. */
  #fresh = 1;

  constructor(count: number) {
    this.#count = count;
  }

  /** Takes the one that is chosen among those that were used before and the next that was not. */
  take(choose: (idle: readonly number[]) => number | undefined): number | undefined {
    const thread = choose(this.#fresh <= this.#count ? [this.#fresh, ...this.#used] : this.#used);
    if (thread === undefined) return undefined;
    if (thread === this.#fresh) this.#fresh++;
    else this.#used.splice(this.#used.indexOf(thread), 1);
    return thread;
  }

  giveBack(thread: number): void {
    this.#used.push(thread);
  }
}
