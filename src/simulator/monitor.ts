/**
 * The thread of a daemon process that watches the clock. It looks about once a second; here it sees at once.
 * Source: {@link file://../../spec/machines/process-monitor.ts}.
 */
import {
  type Due,
  hasActiveRequest,
  nextDue,
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
}

export class Monitor {
  readonly #terms: WatchTerms;
  readonly #subject: Subject;
  /** When each running request began, by thread. */
  readonly #running = new Map<number, number>();
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
    this.#running.set(thread, this.#subject.now());
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
      began: [...this.#running.values()],
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
    const due = whatIsDue(this.#terms, this.#watched, this.#subject.now());
    if (due !== null) this.#subject.tell(due);
    this.#watch();
  }
}
