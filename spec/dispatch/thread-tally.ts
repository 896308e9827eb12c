/**
 * The threads of one server process, counted on the path of every request. A lifecycle machine hears only of the
 * crossings: a machine event per request would cost more than the rest of the path.
 */
export type Crossing = 'saturated' | 'thread-free' | 'requests-spent' | 'idle';

/** What keeps threads busy. */
interface Busy {
  readonly busy: number;
}

export class ThreadTally {
  readonly threads: number;
  /** Requests a process may handle; 0 is no limit. */
  readonly maximumRequests: number;
  readonly #beside: readonly Busy[];
  #busy = 0;
  #served = 0;
  #spent = 0;

  /** @param beside - Processes whose busy threads it lacks: those on their way out whose slot of a scoreboard it shares. */
  constructor(threads: number, maximumRequests: number, beside: readonly Busy[] = []) {
    this.threads = threads;
    this.maximumRequests = maximumRequests;
    this.#beside = beside;
  }

  get busy(): number {
    return this.#busy;
  }

  get served(): number {
    return this.#served;
  }

  /** Threads that could take a request: neither busy nor still those of another process. */
  get idle(): number {
    return this.#beside.reduce((idle, { busy }) => idle - busy, this.threads - this.#busy);
  }

  get hasFreeThread(): boolean {
    return this.idle > 0;
  }

  /**
   * A thread takes a request.
   * @returns whether all that it can ever have are busy now.
   * @throws Error if no thread is free: the dispatcher must ask first.
   */
  start(): boolean {
    if (!this.hasFreeThread) throw new Error(`all ${this.threads} threads are busy`);
    this.#busy++;
    return this.#busy === this.threads;
  }

  /**
   * A thread is done with its request; a refused request counts as well, because mod_wsgi counts accepted connections.
   * Source: mod_wsgi 4.9.4, wsgi_daemon_worker: the limit is lowered after the request, and every completion beyond it
   * asks again whether the process may go.
   * @param counts - Whether it uses up the allowance; an Apache child counts connections, and only the first request of
   * each. Source: rule MPM-RECYCLE-01.
   * @returns what this completion means to the process, in the order a machine must hear it.
   */
  finish(counts = true): readonly Crossing[] {
    if (this.#busy === 0) throw new Error('no thread is busy');
    const wasSaturated = this.#busy === this.threads;
    this.#busy--;
    this.#served++;
    if (counts) this.#spent++;
    const isSpent = this.maximumRequests > 0 && this.#spent >= this.maximumRequests;
    if (!wasSaturated && !isSpent && this.#busy > 0) return none;
    const crossings: Crossing[] = [];
    if (isSpent) crossings.push('requests-spent');
    if (wasSaturated) crossings.push('thread-free');
    if (this.#busy === 0) crossings.push('idle');
    return crossings;
  }
}

const none: readonly Crossing[] = [];
