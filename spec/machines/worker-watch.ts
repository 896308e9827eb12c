/**
 * Which worker its parent takes for stuck. The parent looks about once a second; what it looks at is here.
 * Sources: gunicorn 20.1, arbiter.py, murder_workers; uWSGI 2.0, core/master_checks.c, uwsgi_master_check_workers_deadline.
 */
import type { Millis } from '../vocabulary.ts';

export interface WorkerWatch {
  readonly limit: Millis;
  /**
   * What must not take longer: a request, as a sync worker gives no sign of life while it runs one and harakiri is about
   * nothing else, or a turn of the main loop, which no request keeps from turning unless it keeps Python's global lock.
   */
  readonly of: 'requests' | 'main-loop';
  readonly because: 'timeout' | 'harakiri';
}

/** What is remembered of a worker: since when it may be stuck; null where it is not. */
export interface Unheard {
  readonly since: number | null;
}

/**
 * A request begins: a worker has one timer for all of its threads, and each request that begins winds it up again.
 * Source: rule LIFE-UWSGI-05.
 */
export const requestBegan = ({ of }: WorkerWatch, before: Unheard, now: number): Unheard =>
  of === 'requests' ? { since: now } : before;

/** A request is over, and with it the timer, whichever request it was that had wound it up. */
export const requestEnded = ({ of }: WorkerWatch, before: Unheard): Unheard =>
  of === 'requests' ? { since: null } : before;

/** A thread keeps Python's global lock from now on, and nothing else in the process runs. */
export const lockKept = ({ of }: WorkerWatch, before: Unheard, now: number): Unheard =>
  of === 'main-loop' ? { since: now } : before;

/** When the parent loses its patience, in ms; infinite for a worker that gives signs of life. */
export const overdueAt = ({ limit }: WorkerWatch, { since }: Unheard): number =>
  since === null ? Number.POSITIVE_INFINITY : since + limit;
