import { maxChildren } from '../../deployments/apache.ts';
import { keepAliveOf } from '../../serving/keep-alive.ts';
import { isCalm } from '../endings.ts';
import { type Entry, embeddedEntries, groupedBy } from '../histories.ts';
import { type ApacheRule, type ApacheRun, embedded, judgeEach } from '../rule.ts';

export const childCountsConnections: ApacheRule = {
  id: 'MPM-RECYCLE-01',
  level: 'must',
  area: 'children',
  says: 'MaxConnectionsPerChild counts connections, not requests: one child may serve many requests on connections that are kept.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent'],
  source: [
    'httpd 2.4 manual, mpm_common, MaxConnectionsPerChild',
    'httpd 2.4, prefork.c, child_main; worker.c, worker_thread; event.c, listener_thread, conns_this_child',
  ],
  why: 'A value of 1 does not mean one request: who wants a fresh process for each request must switch KeepAlive off as well.',
  judge: (run) =>
    judgeEach(
      endedChildren(run),
      'no child of a server that may have one child only reached MaxConnectionsPerChild on kept connections',
      ({ entries, connections }) => {
        const limit = run.deployment.children.maxConnectionsPerChild;
        return connections >= limit
          ? null
          : {
              says: `child ${entries[0]?.seen.pid} ended after ${connections} connections with ${entries.length} requests, and ${limit} were allowed`,
              seqs: entries.map(({ seq }) => seq),
            };
      },
    ),
};

interface EndedChild {
  readonly entries: readonly Entry[];
  /** As many as it can have had. */
  readonly connections: number;
}

/** Children that another one followed with nothing but their limit to end them, and that had requests on a kept connection. */
function endedChildren(run: ApacheRun): readonly EndedChild[] {
  const { children } = run.deployment;
  if (children.maxConnectionsPerChild === 0 || maxChildren(children) !== 1 || !keepsConnections(run)) return [];
  const entries = embeddedEntries(run);
  const byChild = [...groupedBy(entries, ({ seen }) => seen.process).values()];
  return byChild.flatMap((mine, index) => {
    const [first, next] = [mine[0], byChild[index + 1]?.[0]];
    if (!first || !next || !isCalm(run.trace, first.request.sent.seq, next.seq)) return [];
    if (!mine.some(({ request }) => request.sent.connection !== undefined) || !isPrompt(run, mine)) return [];
    const own = new Set(mine.map(({ request }) => request.id));
    const from = index === 0 ? 0 : (byChild[index - 1]?.at(-1)?.seq ?? 0);
    const others = run.trace.filter(
      (event) =>
        event.kind === 'request.sent' &&
        event.seq > from &&
        event.seq < next.request.sent.seq &&
        !own.has(event.request),
    );
    const connections = new Set(mine.map(({ request }) => request.sent.connection ?? request.id));
    return [{ entries: mine, connections: connections.size + others.length }];
  });
}

/** The server keeps connections open for as many requests as situations send by one. */
function keepsConnections({ deployment }: ApacheRun): boolean {
  const { isOn, timeout, maxRequests } = keepAliveOf(deployment);
  return isOn && timeout >= 1000 && (maxRequests === 0 || maxRequests >= 50);
}

/** No connection was idle for so long that the server may have closed it. */
function isPrompt({ deployment }: ApacheRun, entries: readonly Entry[]): boolean {
  const { timeout } = keepAliveOf(deployment);
  return entries.every(({ request }, index) => {
    const before = entries[index - 1]?.request.outcome;
    return !before || request.sent.at - before.at < timeout / 2;
  });
}
