/** Whether a request finds a thread free, as far as a client can count. */
import type { ChildPool, Mpm } from '../deployments/apache.ts';
import { type RequestHistory, requestHistories, threadLimit } from './histories.ts';
import { unfinishedAt } from './overlaps.ts';
import type { ApacheRun } from './rule.ts';

/**
 * Whether, when this request was sent, fewer requests were unfinished than one process of the group has threads, and
 * fewer than the Apache children certainly had: a request to a daemon process needs a thread of a child as well.
 */
export function findsRoom(run: ApacheRun, request: RequestHistory, processGroup: string): boolean {
  const { children, server } = run.deployment;
  const threads = Math.min(threadLimit(run, processGroup), certainThreads(children, server.mpm));
  return unfinishedAt(requestHistories(run.trace), request.sent.seq).length < threads;
}

/**
 * The threads of the children that no idle maintenance takes away: of those started at first it retires one while more
 * than MaxSpare are idle. Children that end after a number of connections may all be away at some time.
 * Source: httpd 2.4, perform_idle_server_maintenance of the MPMs.
 */
export function certainThreads(pool: ChildPool, mpm: Mpm): number {
  if (pool.maxConnectionsPerChild > 0) return 0;
  // A full child may accept a connection while another one is idle, and keep it. Probed with httpd 2.4.71.
  if (mpm === 'event') return pool.threadsPerChild;
  const started = pool.startServers * pool.threadsPerChild;
  const kept = mpm === 'prefork' ? pool.spare.max : pool.spare.max - pool.threadsPerChild + 1;
  return Math.min(started, Math.max(kept, pool.threadsPerChild));
}
