/**
 * The thread of a daemon process that watches the clock. It looks about once a second; here it sees at once.
 * Source: {@link file://../../spec/machines/process-monitor.ts}.
 */
import {
  type Due,
  hasActiveRequest,
  isToInterrupt,
  nextDue,
  type Running,
  type Watched,
  type WatchTerms,
  whatIsDue,
} from '../../spec/machines/process-monitor.ts';

/** The process that is watched. */
interface Subject {
  readonly now: () => number;
  /** @returns a function that calls it off. */
  after(delay: number, act: () => void): () => void;
  tell(due: Due): void;
  /** Raises RequestTimeout in the thread that a request has. */
  interrupt(thread: number): void;
}

export class Monitor {
  readonly #terms: WatchTerms;
  readonly #subject: Subject;
  /** By thread. */
  readonly #running = new Map<number, Running>();
  #activeAt: number | null = null;
  #startingSince: number | null = null;
  #hasStarted = false;
  #lockedAt: number | null = null;
  #callOff: () => void = () => {};

  constructor(terms: WatchTerms, subject: Subject) {
    this.#terms = terms;
    this.#subject = subject;
  }

  requestStarted(thread: number): void {
    this.#running.set(thread, { began: this.#subject.now(), interruptedAt: null });
    this.#activeAt = this.#subject.now();
    this.#watch();
  }

  requestEnded(thread: number): void {
    this.#running.delete(thread);
    this.#activeAt = this.#subject.now();
    this.#watch();
  }

  /** A request comes to its script, whether that is loaded or not. */
  scriptNeeded(): void {
    if (this.#hasStarted || this.#startingSince !== null) return;
    this.#startingSince = this.#subject.now();
    this.#watch();
  }

  /** A request found its script, which calls the deadline off for good. */
  scriptFound(): void {
    this.#hasStarted = true;
    this.#startingSince = null;
    this.#watch();
  }

  /** From now on one thread keeps Python's global lock. */
  lockKept(): void {
    this.#lockedAt = this.#subject.now();
    this.#watch();
  }

  /** Whether a request in progress is worth waiting for. */
  get hasActiveRequest(): boolean {
    return hasActiveRequest(this.#terms, [...this.#running.values()], this.#subject.now());
  }

  get #watched(): Watched {
    return {
      running: [...this.#running.values()],
      activeAt: this.#activeAt,
      startingSince: this.#startingSince,
      lockedAt: this.#lockedAt,
    };
  }

  /** Every deadline may move with every start and end of a request. */
  #watch(): void {
    this.#callOff();
    const now = this.#subject.now();
    const next = nextDue(this.#terms, this.#watched, now);
    this.#callOff =
      next === Number.POSITIVE_INFINITY ? () => {} : this.#subject.after(Math.ceil(next - now), () => this.#look());
  }

  #look(): void {
    const now = this.#subject.now();
    for (const [thread, request] of this.#running) {
      if (!isToInterrupt(this.#terms, request, now)) continue;
      this.#running.set(thread, { ...request, interruptedAt: now });
      this.#subject.interrupt(thread);
    }
    const due = whatIsDue(this.#terms, this.#watched, now);
    if (due !== null) this.#subject.tell(due);
    this.#watch();
  }
}
