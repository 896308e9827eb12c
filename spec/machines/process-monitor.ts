/**
 * The deadlines that a daemon process's monitor thread watches. It takes no step itself: it says what is due, and the
 * lifecycle machine decides what follows.
 *
 * Sources: mod_wsgi 4.9.4 and 5.0.2, mod_wsgi.c, wsgi_monitor_thread (the same in both); 6.0.5, wsgi_daemon.c,
 * wsgi_monitor_thread and wsgi_has_active_non_stale_request_locked; rules LIFE-MONITOR-01, LIFE-IDLE-*, LIFE-REQTIME-*,
 * LIFE-DEADLOCK-01, LIFE-STARTUP-*.
 */
import type { DaemonGroup, ModWsgiRelease } from '../deployments/apache.ts';
import { type Millis, millis } from '../vocabulary.ts';

/** What is watched of a process. Durations of 0 are off. */
export interface WatchTerms {
  readonly inactivityTimeout: Millis;
  readonly startupTimeout: Millis;
  readonly deadlockTimeout: Millis;
  /** How long all requests in progress may have run together (before 6.0), or any one of them (from 6.0). */
  readonly requestLimit: Millis;
  /**
   * How much longer a request has whose thread was interrupted because it ran so long; 0 interrupts none. Source: rule
   * LIFE-REQTIME-04.
   */
  readonly interruptTimeout: Millis;
  /** Whether requests are judged one by one, and the process then waits for the others: mod_wsgi 6. */
  readonly judgesEachRequest: boolean;
  /** The age at which a request in progress no longer counts as one. */
  readonly staleAge: Millis;
}

/** What a monitor tells the lifecycle machine. */
export type Due = 'REQUEST_TIMED_OUT' | 'STARTUP_TIMED_OUT' | 'DEADLOCKED' | 'INACTIVE';

/** A request in progress; times are those of any one clock, in ms. */
export interface Running {
  readonly began: number;
  /** When RequestTimeout was raised in its thread; null before that. */
  readonly interruptedAt: number | null;
}

/** What there is to see of a process at one moment; times are those of any one clock, in ms. */
export interface Watched {
  /** The requests in progress. */
  readonly running: readonly Running[];
  /** When a request last began or read or wrote something; null before the first one. */
  readonly activeAt: number | null;
  /** When a script was first asked for; null before that, and for good once one is there. */
  readonly startingSince: number | null;
  /** Since when somebody waits for Python's global lock in vain; null where nobody does. */
  readonly lockedAt: number | null;
}

/** The monitor runs for these two options only; without it no other deadline has an effect. Source: rule LIFE-MONITOR-01. */
export const isMonitored = (group: DaemonGroup): boolean => group.deadlockTimeout > 0 || group.inactivityTimeout > 0;

/** @returns null where nothing is watched. */
export function watchTerms(group: DaemonGroup, release: ModWsgiRelease): WatchTerms | null {
  const judgesEachRequest = release === '6';
  const whenMonitored = (duration: Millis): Millis => (isMonitored(group) ? duration : millis(0));
  const share = judgesEachRequest ? 1 + Math.log(group.threads) : group.threads;
  const terms: WatchTerms = {
    inactivityTimeout: group.inactivityTimeout,
    startupTimeout: whenMonitored(group.startupTimeout),
    deadlockTimeout: group.deadlockTimeout,
    requestLimit: whenMonitored(group.threads === 0 ? millis(0) : millis(group.requestTimeout * share)),
    interruptTimeout: judgesEachRequest ? group.interruptTimeout : millis(0),
    judgesEachRequest,
    // Looked at without a monitor as well, wherever a process waits for its requests.
    staleAge: judgesEachRequest ? millis(group.requestTimeout + group.interruptTimeout) : millis(0),
  };
  const { inactivityTimeout, startupTimeout, deadlockTimeout, requestLimit, staleAge } = terms;
  return inactivityTimeout + startupTimeout + deadlockTimeout + requestLimit + staleAge > 0 ? terms : null;
}

/** Whether a request in progress is worth waiting for. Source: rule LIFE-REQTIME-05. */
export const hasActiveRequest = ({ staleAge }: WatchTerms, running: readonly Running[], now: number): boolean =>
  running.some(({ began }) => staleAge === 0 || now - began <= staleAge);

/** Whether RequestTimeout is to be raised in the thread of this request: once, and the process goes on. Source: rule LIFE-REQTIME-04. */
export const isToInterrupt = (terms: WatchTerms, { began, interruptedAt }: Running, now: number): boolean =>
  interrupts(terms) && interruptedAt === null && began + terms.requestLimit <= now;

/** What is due at this moment: the first of these, in mod_wsgi's order. */
export function whatIsDue(terms: WatchTerms, watched: Watched, now: number): Due | null {
  if (requestsTimeOutAt(terms, watched.running, now) <= now) return 'REQUEST_TIMED_OUT';
  if (startupEndsAt(terms, watched) <= now) return 'STARTUP_TIMED_OUT';
  if (deadlockAt(terms, watched) <= now) return 'DEADLOCKED';
  if (inactiveAt(terms, watched) <= now && !hasActiveRequest(terms, watched.running, now)) return 'INACTIVE';
  return null;
}

/** The next moment at which something may be due if nothing happens until then; infinity where there is none. */
export function nextDue(terms: WatchTerms, watched: Watched, now: number): number {
  const moments = [
    requestsTimeOutAt(terms, watched.running, now),
    ...(interrupts(terms) ? watched.running.map(({ began }) => began + terms.requestLimit) : []),
    startupEndsAt(terms, watched),
    deadlockAt(terms, watched),
    inactiveAt(terms, watched),
    // A request that is no longer worth waiting for may have been all that kept the process from being inactive.
    ...(terms.staleAge > 0 && terms.inactivityTimeout > 0
      ? watched.running.map(({ began }) => began + terms.staleAge + 1)
      : []),
  ];
  return Math.min(...moments.filter((moment) => moment > now), Number.POSITIVE_INFINITY);
}

/** Before 6.0 the times are added and compared with the limit of all threads, so that each thread more runs it down faster. */
function requestsTimeOutAt(terms: WatchTerms, running: readonly Running[], now: number): number {
  const { requestLimit, interruptTimeout, judgesEachRequest } = terms;
  if (requestLimit === 0 || running.length === 0) return Number.POSITIVE_INFINITY;
  // Counted from the interruption, not from when it was due: the monitor may come late with it.
  if (interrupts(terms)) return Math.min(...running.map(({ interruptedAt }) => later(interruptedAt, interruptTimeout)));
  if (judgesEachRequest) return Math.min(...running.map(({ began }) => began)) + requestLimit;
  const used = running.reduce((sum, { began }) => sum + now - began, 0);
  return now + (requestLimit - used) / running.length;
}

const interrupts = ({ requestLimit, interruptTimeout }: WatchTerms): boolean =>
  requestLimit > 0 && interruptTimeout > 0;

const startupEndsAt = ({ startupTimeout }: WatchTerms, { startingSince }: Watched): number =>
  later(startingSince, startupTimeout);

const deadlockAt = ({ deadlockTimeout }: WatchTerms, { lockedAt }: Watched): number => later(lockedAt, deadlockTimeout);

/** A process that never had a request is never inactive. Source: rule LIFE-IDLE-01. */
const inactiveAt = ({ inactivityTimeout }: WatchTerms, { activeAt }: Watched): number =>
  later(activeAt, inactivityTimeout);

const later = (since: number | null, duration: Millis): number =>
  since === null || duration === 0 ? Number.POSITIVE_INFINITY : since + duration;
