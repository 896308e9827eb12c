/** What mod_wsgi writes to the error log when a daemon process comes to its end by the clock or by a limit. */
import type { Ending } from '../../../spec/trace.ts';
import type { ProcessGroupName } from '../../../spec/vocabulary.ts';

/**
 * The line for a process that waits for its requests, or is told to stop.
 * @param waits - Whether it waits for requests.
 * @param hasWaited - Whether it is told to stop because the requests it waited for are done.
 * @returns null where mod_wsgi writes nothing of the kind.
 * @see mod_wsgi 4.9.4, mod_wsgi.c, wsgi_monitor_thread, wsgi_daemon_worker and wsgi_daemon_main.
 */
export function endingLine(
  pid: number,
  group: ProcessGroupName,
  because: Ending,
  waits: boolean,
  hasWaited: boolean,
): string | null {
  const line = hasWaited ? 'Requests have completed, triggering immediate shutdown' : texts[because]?.[waits ? 0 : 1];
  return !line ? null : `mod_wsgi (pid=${pid}): ${line} '${group}'.`;
}

/** Waiting for requests, and at once. The first text for a request that took too long is of release 6. */
const texts: Partial<Record<Ending, readonly [string, string]>> = {
  'restart-interval': [
    'Application restart timer expired, waiting for requests to complete',
    'Application restart timer expired, stopping process',
  ],
  'cpu-time-limit': [
    'Exceeded CPU time limit, waiting for requests to complete',
    'Exceeded CPU time limit, triggering immediate shutdown',
  ],
  'request-timeout': [
    'Daemon process request time limit exceeded; waiting for in-flight requests to complete in daemon process',
    'Daemon process request time limit exceeded, stopping process',
  ],
  'startup-timeout': ['', 'Application startup timer expired, stopping process'],
  'deadlock-timeout': ['', 'Daemon process deadlock timer expired, stopping process'],
  'inactivity-timeout': ['', 'Daemon process idle inactivity timer expired, stopping process'],
  'maximum-requests': [
    'Maximum requests reached, attempt a graceful shutdown',
    'Maximum requests reached, triggering immediate shutdown',
  ],
};
