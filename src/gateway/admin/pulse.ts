/** How many requests ended in each of the last sixty seconds. */
export class Pulse {
  readonly #total: () => number;
  readonly #perSecond: number[] = [];
  #before: number;

  /** @param total - A count that only grows. */
  constructor(total: () => number) {
    this.#total = total;
    this.#before = total();
  }

  /** Oldest first; shorter than a minute in the first minute. */
  get perSecond(): readonly number[] {
    return this.#perSecond;
  }

  /** A second has passed. */
  beat(): void {
    const now = this.#total();
    this.#perSecond.push(now - this.#before);
    this.#before = now;
    if (this.#perSecond.length > 60) this.#perSecond.shift();
  }
}
