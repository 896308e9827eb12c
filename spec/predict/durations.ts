/** How long something of a daemon process takes, as mod_wsgi works it out from several options at once. */
import type { DaemonGroup, ModWsgiRelease } from '../deployments/apache.ts';
import { watchTerms } from '../machines/process-monitor.ts';
import { type Millis, millis } from '../vocabulary.ts';

/**
 * How long requests may run, all starting together, before `request-timeout` ends the process. Before 6.0 the times of all
 * running requests are added and divided by the number of threads; from 6.0 each request is judged alone against
 * `request-timeout × (1 + ln threads)`. Sources: mod_wsgi 4.9.4, wsgi_monitor_thread; 6.0.5, wsgi_daemon_main; rules
 * LIFE-REQTIME-01 and -02.
 * @param stuck - How many threads hold such a request, from 1 to the group's number of threads.
 * @returns null where the option is off or nobody looks at it.
 */
export function requestTimeLimit(group: DaemonGroup, release: ModWsgiRelease, stuck: number): Millis | null {
  const watch = watchTerms(group, release);
  if (watch === null || watch.requestLimit === 0) return null;
  return watch.judgesEachRequest ? watch.requestLimit : millis(watch.requestLimit / stuck);
}
