/**
 * Whether all threads of a process are busy, for its lifecycle machine. Under full load that changes with every request,
 * and nothing that a lifecycle does depends on it: the machine is told of the state now and then, not of each change.
 */
const settleMs = 10;

export class Saturation {
  readonly #isSaturated: () => boolean;
  readonly #tell: (event: 'SATURATED' | 'THREAD_FREE') => void;
  #told = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(isSaturated: () => boolean, tell: (event: 'SATURATED' | 'THREAD_FREE') => void) {
    this.#isSaturated = isSaturated;
    this.#tell = tell;
  }

  /** It has changed: the machine hears of it shortly, unless it has changed back by then. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const now = this.#isSaturated();
      if (now === this.#told) return;
      this.#told = now;
      this.#tell(now ? 'SATURATED' : 'THREAD_FREE');
    }, settleMs);
  }

  /** The process is gone: nobody is told any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
