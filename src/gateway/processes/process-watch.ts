/**
 * What is remembered of one process so that its deadlines can be looked at: as little as there can be, because requests
 * go by at full speed between two looks.
 */
import {
  type Due,
  hasActiveRequest,
  isToInterrupt,
  type Running,
  type WatchTerms,
  whatIsDue,
} from '../../../spec/machines/process-monitor.ts';
import type { ApplicationGroup } from '../../../spec/vocabulary.ts';

/** What a look finds of a process. */
export interface Glance {
  /** The requests in progress, in true times only where {@link ProcessWatch.timesRequests}. */
  readonly running: readonly Running[];
  /** Bytes that its threads have sent and received so far, of any kind. */
  readonly bytes: number;
  /** Whether it ever had a request. */
  readonly hadRequest: boolean;
}

export class ProcessWatch {
  readonly terms: WatchTerms;
  readonly #scripts = new Set<string>();
  #bytes = 0;
  #activeAt: number | null = null;
  #startingSince: number | null = null;
  #hasStarted = false;
  #lockedAt: number | null = null;

  constructor(terms: WatchTerms) {
    this.terms = terms;
  }

  /** Whether it matters when a request began. */
  get timesRequests(): boolean {
    return this.terms.requestLimit > 0 || this.terms.staleAge > 0;
  }

  /** Whether it matters which script a request is for. */
  get awaitsScript(): boolean {
    return this.terms.startupTimeout > 0 && !this.#hasStarted;
  }

  /** Whether it matters that Python threads run. */
  get asksForLock(): boolean {
    return this.terms.deadlockTimeout > 0;
  }

  /**
   * A request comes to a script. One that a preload has loaded calls the deadline off as well as one that is loaded now.
   * Source: mod_wsgi 4.9.4, wsgi_execute_script; rules LIFE-STARTUP-01 and -02.
   */
  scriptNeeded(group: ApplicationGroup, script: string, now: number): void {
    if (this.#scripts.has(`${group}\0${script}`)) this.#started();
    else this.#startingSince ??= now;
  }

  /** A script was loaded, for a request or before there was one. */
  scriptLoaded(group: ApplicationGroup, script: string): void {
    this.#scripts.add(`${group}\0${script}`);
    if (this.#startingSince !== null) this.#started();
  }

  /** A Python thread is asked for a sign, for which it needs the global lock. */
  lockWanted(now: number): void {
    this.#lockedAt = now;
  }

  /** It gave the sign: nobody keeps the lock. */
  lockTaken(): void {
    this.#lockedAt = null;
  }

  /** It owes the sign it was asked for. */
  get isLockWanted(): boolean {
    return this.#lockedAt !== null;
  }

  /** Whether a request in progress is worth waiting for. */
  hasActiveRequest(running: readonly Running[], now: number): boolean {
    return hasActiveRequest(this.terms, running, now);
  }

  /** Whether RequestTimeout is to be raised in this request. */
  isToInterrupt(request: Running, now: number): boolean {
    return isToInterrupt(this.terms, request, now);
  }

  /** Activity since the last look counts as activity now: a deadline may come a look late, never early. */
  look({ running, bytes, hadRequest }: Glance, now: number): Due | null {
    if (hadRequest && (bytes !== this.#bytes || this.#activeAt === null)) this.#activeAt = now;
    this.#bytes = bytes;
    const { terms } = this;
    const watched = { running, activeAt: this.#activeAt, startingSince: this.#startingSince, lockedAt: this.#lockedAt };
    return whatIsDue(terms, watched, now);
  }

  #started(): void {
    this.#hasStarted = true;
    this.#startingSince = null;
    this.#scripts.clear();
  }
}
