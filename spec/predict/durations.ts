/** How long something of a daemon process takes, as mod_wsgi works it out from several options at once. */
import type { DaemonGroup, ModWsgiRelease } from '../deployment.ts';
import { type Millis, millis } from '../vocabulary.ts';

/**
 * Whether the thread runs that enforces `restart-interval`, `request-timeout`, `startup-timeout` and the deadlines of
 * graceful waits. Source: mod_wsgi 4.9.4, wsgi_daemon_main; rule LIFE-MONITOR-01.
 */
export const hasMonitor = (group: DaemonGroup): boolean => group.deadlockTimeout > 0 || group.inactivityTimeout > 0;

/**
 * How long requests may run, all starting together, before `request-timeout` ends the process. Before 6.0 the times of all
 * running requests are added and divided by the number of threads; from 6.0 each request is judged alone against
 * `request-timeout × (1 + ln threads)`. Sources: mod_wsgi 4.9.4, wsgi_monitor_thread; 6.0.5, wsgi_daemon_main; rules
 * LIFE-REQTIME-01 and -02.
 * @param stuck - How many threads hold such a request, from 1 to the group's number of threads.
 * @returns null where the option is off or nobody looks at it.
 */
export function requestTimeLimit(group: DaemonGroup, release: ModWsgiRelease, stuck: number): Millis | null {
  if (group.requestTimeout === 0 || group.threads === 0 || !hasMonitor(group)) return null;
  return release === '6'
    ? millis(group.requestTimeout * (1 + Math.log(group.threads)))
    : millis((group.requestTimeout * group.threads) / stuck);
}
