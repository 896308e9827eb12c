/**
 * The thread of a daemon process that watches the clock for inactivity-timeout and request-timeout. It looks once a
 * second; here it sees at once. Source: mod_wsgi 4.9.4, wsgi_monitor_thread; rules LIFE-IDLE-*, LIFE-REQTIME-*.
 */
import type { DaemonGroup, ModWsgiRelease } from '../../spec/deployment.ts';

/** The process that is watched. */
interface Watched {
  readonly now: () => number;
  /** @returns a function that calls it off. */
  after(delay: number, act: () => void): () => void;
  tell(event: 'INACTIVE' | 'REQUEST_TIMED_OUT'): void;
}

export class Monitor {
  readonly #group: DaemonGroup;
  readonly #release: ModWsgiRelease;
  readonly #watched: Watched;
  /** When each running request began, by thread. */
  readonly #running = new Map<number, number>();
  #callOff: readonly (() => void)[] = [];

  constructor(group: DaemonGroup, release: ModWsgiRelease, watched: Watched) {
    this.#group = group;
    this.#release = release;
    this.#watched = watched;
  }

  requestStarted(thread: number): void {
    this.#running.set(thread, this.#watched.now());
    this.#watch();
  }

  requestEnded(thread: number): void {
    this.#running.delete(thread);
    this.#watch();
  }

  /** Both deadlines move with every start and end of a request. A process that never had one is never inactive. */
  #watch(): void {
    for (const callOff of this.#callOff) callOff();
    const { inactivityTimeout, requestTimeout } = this.#group;
    const deadlines = [];
    if (inactivityTimeout > 0)
      deadlines.push(this.#watched.after(inactivityTimeout, () => this.#watched.tell('INACTIVE')));
    if (requestTimeout > 0 && this.#running.size > 0)
      deadlines.push(this.#watched.after(this.#untilTimedOut(), () => this.#watched.tell('REQUEST_TIMED_OUT')));
    this.#callOff = deadlines;
  }

  /** From 6 on each request is judged alone, before that their sum by the number of threads. Sources: LIFE-REQTIME-01, -02. */
  #untilTimedOut(): number {
    const { requestTimeout, threads } = this.#group;
    const now = this.#watched.now();
    const elapsed = [...this.#running.values()].map((started) => now - started);
    const left =
      this.#release === '6'
        ? requestTimeout * (1 + Math.log(threads)) - Math.max(...elapsed)
        : (requestTimeout * threads - elapsed.reduce((sum, one) => sum + one, 0)) / elapsed.length;
    return Math.max(0, Math.ceil(left));
  }
}
