/**
 * What ends a daemon process. Sources: mod_wsgi 4.9.4, wsgi_daemon_worker, wsgi_monitor_thread, wsgi_exit_daemon_process;
 * rules LIFE-*, RELOAD-*, SHUT-*.
 */
import { type DaemonGroup, type ModWsgiRelease, processCount } from '../deployments/apache.ts';
import { isMonitored } from '../machines/process-monitor.ts';
import { type Millis, toSeconds } from '../vocabulary.ts';
import { requestTimeLimit } from './durations.ts';
import type { EndingCause } from './endings.ts';

/**
 * The causes that the group's options allow, the configured ones first. Every process of the group ends alone and is
 * replaced, until the server itself stops.
 * @param watched - The scripts whose modification time a process of the group compares, each once.
 */
export const endingsOfDaemon = (
  group: DaemonGroup,
  watched: readonly string[],
  release: ModWsgiRelease,
): readonly EndingCause[] => [
  ...replacing('maximum-requests', maximumRequests(group)),
  ...replacing('restart-interval', restartInterval(group)),
  ...replacing('inactivity-timeout', inactivityTimeout(group)),
  ...replacing('request-timeout', requestTimeout(group, release)),
  ...replacing('startup-timeout', startupTimeout(group)),
  ...replacing('deadlock-timeout', deadlockTimeout(group)),
  ...replacing('cpu-time-limit', cpuTimeLimit(group)),
  ...replacing('script-changed', scriptChanged(group, watched)),
  ...replacing('signal', signal(group, release)),
  ...replacing(
    'server-restart',
    'a restart of Apache, graceful or not: SIGTERM, and SIGKILL 3 s later; one that is not graceful closes the connections of its clients at once',
  ),
  {
    because: 'server-stop',
    after:
      'a plain stop of Apache: SIGTERM, and SIGKILL 3 s later, and the connections of its clients are closed at once; a graceful stop does so once the Apache children are done',
    effect: 'process-gone',
  },
  ...replacing('crash', `the process exits or dies by itself: the client gets ${release === '6' ? 502 : 500}`),
];

const replacing = (because: EndingCause['because'], after: string | null): readonly EndingCause[] =>
  after === null ? [] : [{ because, after, effect: 'process-replaced' }];

function maximumRequests(group: DaemonGroup): string | null {
  const { maximumRequests: limit, threads, gracefulTimeout } = group;
  if (limit === 0) return null;
  const reached = `${limit} ${limit === 1 ? 'request' : 'requests'} to one process`;
  if (threads === 1) return reached;
  if (gracefulTimeout === 0) return `${reached}; others in progress get ${shutdown(group)}`;
  const deadline = isMonitored(group) ? `; each one that ends meanwhile gives ${seconds(gracefulTimeout)} more` : '';
  return `${reached}, at the first moment without a request${deadline}`;
}

const restartInterval = (group: DaemonGroup): string | null =>
  group.restartInterval === 0 || !isMonitored(group)
    ? null
    : `${seconds(group.restartInterval)} of life, at the first moment without a request${gracefulDeadline(group)}`;

const inactivityTimeout = (group: DaemonGroup): string | null =>
  group.inactivityTimeout === 0
    ? null
    : `${seconds(group.inactivityTimeout)} without a request; a process that never had one stays`;

function requestTimeout(group: DaemonGroup, release: ModWsgiRelease): string | null {
  const one = requestTimeLimit(group, release, 1);
  const all = requestTimeLimit(group, release, group.threads);
  if (one === null || all === null) return null;
  if (release === '6') {
    const interrupted =
      group.interruptTimeout === 0
        ? ''
        : `; RequestTimeout is raised in it, and the process ends ${seconds(group.interruptTimeout)} later if that did not help`;
    return `${seconds(one)} of one request${interrupted || `; others in progress get up to ${seconds(group.gracefulTimeout)} and ${shutdown(group)}`}`;
  }
  const range = group.threads === 1 ? '' : `, or ${seconds(all)} when all ${group.threads} threads are busy so long`;
  return `${seconds(one)} of one request${range}; others in progress get ${shutdown(group)}`;
}

const startupTimeout = (group: DaemonGroup): string | null =>
  group.startupTimeout === 0 || !isMonitored(group)
    ? null
    : `${seconds(group.startupTimeout)} after the first request, unless a script has been imported by then`;

const deadlockTimeout = (group: DaemonGroup): string | null =>
  group.deadlockTimeout === 0
    ? null
    : `${seconds(group.deadlockTimeout)} in which one thread keeps Python's global lock`;

const cpuTimeLimit = (group: DaemonGroup): string | null =>
  group.cpuTimeLimit === 0
    ? null
    : `${seconds(group.cpuTimeLimit)} of processor time, at the first moment without a request`;

function scriptChanged(group: DaemonGroup, watched: readonly string[]): string | null {
  if (watched.length === 0) return null;
  const count = processCount(group);
  const each = count === 1 ? '' : ` (each of the ${count} processes notices for itself)`;
  return `a change of the modification time of ${watched.join(' or ')} and a request for it${each}; that request is sent again, others in progress get ${shutdown(group)}`;
}

function signal(group: DaemonGroup, release: ModWsgiRelease): string {
  const others = release === '6' ? '' : '; SIGUSR2 ends it as well, and SIGHUP one that began with the server';
  return `SIGINT or SIGTERM, from itself or outside: requests in progress get ${shutdown(group)}; SIGUSR1: at the first moment without a request${evictionDeadline(group)}${others}`;
}

/** The deadline of a graceful wait, where anybody looks at it. Source: rules SHUT-GRACE-02 and -03. */
const gracefulDeadline = (group: DaemonGroup): string => atMost(group, group.gracefulTimeout);

const evictionDeadline = (group: DaemonGroup): string =>
  atMost(group, group.evictionTimeout > 0 ? group.evictionTimeout : group.gracefulTimeout);

const atMost = (group: DaemonGroup, limit: Millis): string =>
  limit > 0 && isMonitored(group) ? ` or ${seconds(limit)} later` : '';

const shutdown = (group: DaemonGroup): string =>
  group.shutdownTimeout === 0 ? 'as long as they need' : `${seconds(group.shutdownTimeout)} to finish`;

/** With one digit behind the point where a whole number would mislead. */
const seconds = (duration: Millis): string => `${Math.round(toSeconds(duration) * 10) / 10} s`;
