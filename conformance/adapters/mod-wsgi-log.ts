/**
 * What mod_wsgi writes to Apache's error log about its daemon processes. Source: mod_wsgi 4.9.4 and 5.0.2, mod_wsgi.c,
 * wsgi_daemon_main, wsgi_monitor_thread, wsgi_deadlock_thread and wsgi_start_process; release 6 words it otherwise.
 */
import type { ModWsgiRelease } from '../../spec/deployments/apache.ts';
import type { Ending } from '../../spec/trace.ts';

/** The level of the log at which all of it is written, with WSGIVerboseDebugging On. */
export const logLevel = 'wsgi:debug';
export const isWorded = (release: ModWsgiRelease): boolean => release !== '6';

export type DaemonWord = { readonly pid: number } & (
  | { readonly says: 'began'; readonly group: string }
  /** Its threads are being started; scripts that it runs first have run. */
  | { readonly says: 'ready' }
  /** It finishes its requests, and then goes. */
  | { readonly says: 'waits'; readonly because: Ending }
  /** It goes at once; null is for the reason it has waited for, or because it was told to. */
  | { readonly says: 'stops'; readonly because: Ending | null }
  /** The server tells it to go. */
  | { readonly says: 'dismissed' }
  /** It has done all, and exits. */
  | { readonly says: 'leaves' }
  /** Its shutdown-timeout is over. */
  | { readonly says: 'aborts' }
);

/** What applications write has another level. */
const own =
  /^\[[^\]]*\] \[wsgi:(?:info|debug)\] \[pid \d+(?::tid \d+)?\] (?:\S+\(\d+\): )?mod_wsgi \(pid=(\d+)\): (.*)$/;

/** @returns null for a line that is about anything else. */
export function readModWsgiLine(line: string): DaemonWord | null {
  const [, pid, text = ''] = own.exec(line) ?? [];
  if (pid === undefined) return null;
  const [, group] = /^Starting process '(.*)' with (?:uid=|threads=)/.exec(text) ?? [];
  if (group !== undefined) return { pid: Number(pid), says: 'began', group };
  const known = words.find(([pattern]) => pattern.test(text));
  return known ? { pid: Number(pid), ...known[1] } : null;
}

type Word = DaemonWord extends infer W ? (W extends { says: 'began' } ? never : Omit<W, 'pid'>) : never;

const waits = (because: Ending): Word => ({ says: 'waits', because });
const stops = (because: Ending | null): Word => ({ says: 'stops', because });
const words: readonly (readonly [RegExp, Word])[] = [
  [/^Starting \d+ threads in daemon process/, { says: 'ready' }],
  [/^Process '.*' to be deregistered, as server is restarting/, { says: 'dismissed' }],
  [/^Maximum requests reached, attempt a graceful shutdown/, waits('maximum-requests')],
  [/^Maximum requests reached, triggering immediate shutdown/, stops('maximum-requests')],
  [/^Application restart timer expired, waiting for requests/, waits('restart-interval')],
  [/^Application restart timer expired, stopping process/, stops('restart-interval')],
  [/^Exceeded CPU time limit, waiting for requests/, waits('cpu-time-limit')],
  [/^Exceeded CPU time limit, triggering immediate shutdown/, stops('cpu-time-limit')],
  [/^Process eviction requested, waiting for requests/, waits('signal')],
  [/^Process eviction requested, triggering immediate shutdown/, stops('signal')],
  [/^Daemon process idle inactivity timer expired/, stops('inactivity-timeout')],
  [/^Daemon process request time limit exceeded/, stops('request-timeout')],
  [/^Daemon process deadlock timer expired/, stops('deadlock-timeout')],
  [/^Application startup timer expired/, stops('startup-timeout')],
  [/^Force restart of process/, stops('script-changed')],
  [/^Daemon process graceful timer expired/, stops(null)],
  [/^Requests have completed, triggering immediate shutdown/, stops(null)],
  [/^Shutdown requested/, stops(null)],
  [/^Exiting process/, { says: 'leaves' }],
  [/^Aborting process/, { says: 'aborts' }],
];
