/**
 * What `shutdown_reason` says to the callbacks of mod_wsgi.subscribe_shutdown and subscribe_events.
 * Sources: mod_wsgi 4.9.4, mod_wsgi.c, wsgi_shutdown_reason; 6.0.5, wsgi_daemon.c and wsgi_execute.c.
 */
import type { ModWsgiRelease } from '../deployments/apache.ts';
import type { Ending } from '../trace.ts';
import type { Signal } from '../vocabulary.ts';

/** @param signal - The signal that asked the process to end; null where none did. */
export function shutdownReason(because: Ending, signal: Signal | null, release: ModWsgiRelease): string {
  if (because === 'signal' && signal === 'SIGUSR1') return 'graceful_signal';
  return (release === '6' ? { ...always, ...from6 } : always)[because] ?? '';
}

const always: Partial<Record<Ending, string>> = {
  'request-timeout': 'request_timeout',
  'startup-timeout': 'startup_timeout',
  'restart-interval': 'restart_interval',
  'inactivity-timeout': 'inactivity_timeout',
  'cpu-time-limit': 'cpu_time_limit',
};

/** Earlier releases leave it empty. */
const from6: Partial<Record<Ending, string>> = {
  'maximum-requests': 'maximum_requests',
  'deadlock-timeout': 'deadlock_timeout',
  'script-changed': 'script_reload',
  signal: 'shutdown_signal',
  'server-stop': 'shutdown_signal',
  'server-restart': 'shutdown_signal',
};
