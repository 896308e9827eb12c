/**
 * The worker threads of all Apache children together. A request keeps one from beginning to end, also while a daemon
 * process works for it; beyond them requests wait unread. Source: httpd 2.4, MaxRequestWorkers; rules MPM-LIMIT-01, -02.
 */
export class Admission {
  #limit: number;
  readonly #waiting = new Set<() => void>();
  #busy = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Another number of workers: those there are too many leave with what they do. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  /** Calls `begin` when a worker is free. @returns whether that was at once. */
  enter(begin: () => void): boolean {
    if (this.#busy >= this.#limit) {
      this.#waiting.add(begin);
      return false;
    }
    this.#busy++;
    begin();
    return true;
  }

  /** The request that entered with `begin` is over; one that still waits just goes away. */
  leave(begin: () => void): void {
    if (this.#waiting.delete(begin)) return;
    this.#busy--;
    this.#admit();
  }

  #admit(): void {
    for (const begin of this.#waiting) {
      if (this.#busy >= this.#limit) return;
      this.#waiting.delete(begin);
      this.enter(begin);
    }
  }
}
