/**
 * What a restart cannot change: the size of the scoreboard, which outlives it.
 * Source: httpd 2.4, prefork_check_config, worker_check_config and event_check_config, `first_server_limit` and
 * `first_thread_limit`; rule MPM-LIMIT-03.
 */
import type { ChildPool } from '../deployments/apache.ts';

export interface KeptLimits {
  readonly pool: ChildPool;
  /** What the server says of each limit that it keeps. */
  readonly messages: readonly string[];
}

/**
 * The pool of a new configuration within the limits of the first one.
 * @param first - The pool with which the server was started.
 */
export function keepLimits(first: ChildPool, now: ChildPool): KeptLimits {
  const { serverLimit, threadLimit } = first;
  if (now.serverLimit === serverLimit && now.threadLimit === threadLimit) return { pool: now, messages: [] };
  const threadsPerChild = Math.min(now.threadsPerChild, threadLimit);
  const children = Math.min(Math.max(1, Math.floor(now.maxRequestWorkers / threadsPerChild)), serverLimit);
  return {
    pool: {
      ...now,
      serverLimit,
      threadLimit,
      threadsPerChild,
      maxRequestWorkers: children * threadsPerChild,
      startServers: Math.min(now.startServers, children),
    },
    messages: [
      kept('ServerLimit', now.serverLimit, serverLimit),
      kept('ThreadLimit', now.threadLimit, threadLimit),
    ].flat(),
  };
}

const kept = (name: string, now: number, first: number): readonly string[] =>
  now === first ? [] : [`changing ${name} to ${now} from original value of ${first} not allowed during restart`];
