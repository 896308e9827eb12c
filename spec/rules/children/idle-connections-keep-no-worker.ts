import { keepAliveOf } from '../../serving/keep-alive.ts';
import { processLimit, type RequestHistory, requestHistories, seqsOf, succeeded, threadLimit } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

export const idleConnectionsKeepNoWorker: ApacheRule = {
  id: 'MPM-EVENT-01',
  level: 'must',
  area: 'children',
  says: 'Under event, connections that are kept and idle are held by the listener thread of their child and keep no worker busy.',
  appliesTo: ['apache-event-embedded'],
  needs: ['observation', 'request.sent', 'request.queued', 'request.finished'],
  source: ['httpd 2.4 manual, event, How it Works', 'httpd 2.4, event.c, process_socket and listener_thread'],
  why: 'Under prefork and worker, as many idle browsers as there are workers keep everybody else waiting until KeepAliveTimeout.',
  judge: (run) =>
    judgeEach(
      beyondIdle(run),
      'no request came while as many connections were kept and idle as there are workers',
      ({ request, idle, until }) => {
        const waited = run.trace.some((event) => event.kind === 'request.queued' && event.request === request.id);
        const at = request.observed[0]?.at ?? request.outcome?.at ?? 0;
        return waited && at >= until
          ? {
              says: `${request.id} waited until one of ${idle} idle connections was over`,
              seqs: seqsOf(request),
            }
          : null;
      },
    ),
};

interface Beyond {
  readonly request: RequestHistory;
  readonly idle: number;
  /** When the first of the idle connections is over. */
  readonly until: number;
}

/** Requests that came by a connection of their own while nothing was in progress but idle connections, all of them young. */
function beyondIdle(run: ApacheRun): readonly Beyond[] {
  const { isOn, timeout, maxRequests } = keepAliveOf(run.deployment);
  const workers = threadLimit(run, '') * processLimit(run, '');
  if (!isOn || timeout < 1000 || (maxRequests !== 0 && maxRequests < 50)) return [];
  const requests = requestHistories(run.trace);
  return requests.flatMap((request) => {
    if (request.sent.connection !== undefined) return [];
    const { seq, at } = request.sent;
    const earlier = requests.filter(({ sent }) => sent.seq < seq);
    if (earlier.some(({ outcome }) => outcome === null || outcome.seq > seq)) return [];
    const last = new Map<string, number>();
    for (const { sent, outcome, ...rest } of earlier)
      if (sent.connection !== undefined && succeeded({ ...rest, sent, outcome }))
        last.set(sent.connection, outcome?.at ?? 0);
    // The last request of a connection closes it, so that the connection is idle only before a later one.
    const reused = new Set(requests.flatMap(({ sent }) => (sent.seq > seq ? [sent.connection] : [])));
    const idle = [...last].filter(([connection, over]) => reused.has(connection) && at - over < timeout / 2);
    if (idle.length < workers) return [];
    return [{ request, idle: idle.length, until: Math.min(...idle.map(([, over]) => over)) + timeout - 1 }];
  });
}
