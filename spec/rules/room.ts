/** Whether a request finds a thread free, as far as a client can count. */
import { type RequestHistory, requestHistories, threadLimit } from './histories.ts';
import { unfinishedAt } from './overlaps.ts';
import type { Run } from './rule.ts';

/**
 * Whether, when this request was sent, fewer requests were unfinished than one process of the group has threads, and
 * fewer than the Apache children started at first have: a request to a daemon process needs a thread of a child as well.
 */
export function findsRoom(run: Run, request: RequestHistory, processGroup: string): boolean {
  const { startServers, threadsPerChild } = run.deployment.children;
  const threads = Math.min(threadLimit(run, processGroup), startServers * threadsPerChild);
  return unfinishedAt(requestHistories(run.trace), request.sent.seq).length < threads;
}
