/**
 * What the MPM makes of its numbers: defaults, limits and the corrections it does at start.
 * Source: httpd 2.4.x, prefork_check_config and prefork_run, worker_check_config and worker_run, the same of event.
 */
import type { ChildPool, Mpm } from '../../../spec/deployments/apache.ts';
import { mpmDirectives, mpmLimits } from '../../../spec/options/apache-mpm.ts';
import { fromSeconds } from '../../../spec/vocabulary.ts';

/** One value the MPM changed. */
export interface Correction {
  /** The directives that may have caused it, the one to point at first. */
  readonly directives: readonly string[];
  /** Whether Apache says so in its error log. */
  readonly isLogged: boolean;
  readonly message: string;
}

export interface CorrectedPool {
  readonly pool: ChildPool;
  readonly corrections: readonly Correction[];
}

/** @param given - Numbers as configured, by the directive's present name. */
export function childPool(mpm: Mpm, given: ReadonlyMap<string, number>): CorrectedPool {
  const corrections: Correction[] = [];
  const log = (directives: readonly string[], message: string): void => {
    corrections.push({ directives, isLogged: true, message });
  };
  /** A default that gives way is no news. */
  const silently = (directives: readonly string[], message: string): void => {
    if (given.has(directives[0] ?? '')) corrections.push({ directives, isLogged: false, message });
  };
  const value = (name: string): number => given.get(name) ?? defaultOf(name, mpm);
  /** Keeps a number within bounds and logs what the MPM logs. */
  const clamp = (name: string, number: number, min: number, max: number, limit: string, others: string[]): number => {
    if (number > max) log([name, ...others], `${name} of ${number} exceeds ${limit} of ${max}, decreasing to ${max}`);
    else if (number < min) log([name], `${name} of ${number} not allowed, increasing to ${min}`);
    return Math.min(Math.max(number, min), max);
  };

  const limits = mpmLimits[mpm];
  const serverLimit = clamp('ServerLimit', value('ServerLimit'), 1, limits.servers, 'the compile-time limit', []);
  const isThreaded = mpm !== 'prefork';
  const threadLimit = isThreaded
    ? clamp('ThreadLimit', value('ThreadLimit'), 1, limits.threads, 'the compile-time limit', [])
    : 1;
  const threadsPerChild = isThreaded
    ? clamp('ThreadsPerChild', value('ThreadsPerChild'), 1, threadLimit, 'ThreadLimit', ['ThreadLimit'])
    : 1;

  let workers = value('MaxRequestWorkers');
  if (!isThreaded) workers = clamp('MaxRequestWorkers', workers, 1, serverLimit, 'ServerLimit', ['ServerLimit']);
  else {
    if (workers < threadsPerChild) {
      log(
        ['MaxRequestWorkers', 'ThreadsPerChild'],
        `MaxRequestWorkers of ${workers} is less than ThreadsPerChild of ${threadsPerChild}, increasing to ${threadsPerChild}`,
      );
      workers = threadsPerChild;
    }
    const servers = Math.floor(workers / threadsPerChild);
    if (workers !== servers * threadsPerChild) {
      log(
        ['MaxRequestWorkers', 'ThreadsPerChild'],
        `MaxRequestWorkers of ${workers} is not an integer multiple of ThreadsPerChild of ${threadsPerChild}, decreasing to ${servers * threadsPerChild}`,
      );
      workers = servers * threadsPerChild;
    }
    if (servers > serverLimit) {
      log(
        ['MaxRequestWorkers', 'ServerLimit', 'ThreadsPerChild'],
        `MaxRequestWorkers of ${workers} would require ${servers} servers and exceed ServerLimit of ${serverLimit}, decreasing to ${serverLimit * threadsPerChild}`,
      );
      workers = serverLimit * threadsPerChild;
    }
  }

  const mostChildren = workers / threadsPerChild;
  let startServers = clamp('StartServers', value('StartServers'), 1, Number.POSITIVE_INFINITY, '', []);
  if (startServers > mostChildren) {
    silently(
      ['StartServers', 'MaxRequestWorkers', 'ServerLimit'],
      `only ${mostChildren} children can be started, not StartServers of ${startServers}`,
    );
    startServers = mostChildren;
  }

  const [minName, maxName] = isThreaded
    ? ['MinSpareThreads', 'MaxSpareThreads']
    : ['MinSpareServers', 'MaxSpareServers'];
  const min = clamp(minName, value(minName), 1, Number.POSITIVE_INFINITY, '', []);
  // Source: event_run and worker_run add one to the threads of a child; prefork_run one to the minimum.
  const leastMax = isThreaded ? min + threadsPerChild + 1 : min + 1;
  if (value(maxName) < leastMax)
    silently(
      [maxName, minName],
      `${maxName} of ${value(maxName)} is raised to ${leastMax}, which ${minName} of ${min} needs`,
    );

  const grace = value('GracefulShutdownTimeout');
  if (grace < 0)
    silently(['GracefulShutdownTimeout'], `GracefulShutdownTimeout of ${grace} ends a graceful stop at once`);
  return {
    pool: {
      startServers,
      threadsPerChild,
      maxRequestWorkers: workers,
      serverLimit,
      threadLimit,
      spare: { min, max: Math.max(value(maxName), leastMax) },
      maxConnectionsPerChild: Math.max(0, value('MaxConnectionsPerChild')),
      listenBacklog: value('ListenBacklog'),
      // 0 would be for ever; the parent looks once a second.
      gracefulShutdownTimeout: fromSeconds(grace < 0 ? 1 : grace),
    },
    corrections,
  };
}

const defaultOf = (name: string, mpm: Mpm): number =>
  mpmDirectives.find((directive) => directive.name === name)?.default[mpm] ?? 0;
