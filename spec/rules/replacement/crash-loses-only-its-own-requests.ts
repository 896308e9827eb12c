import { routeOf } from '../configured.ts';
import { type ProvokedEnd, provokedEnds } from '../endings.ts';
import {
  daemonEntries,
  outcomeOf,
  type RequestHistory,
  requestHistories,
  seqsOf,
  succeeded,
  waitedTooLong,
} from '../histories.ts';
import { insideAt } from '../overlaps.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

export const crashLosesOnlyItsOwnRequests: ApacheRule = {
  id: 'LIFE-EXIT-01',
  level: 'must',
  area: 'replacement',
  says: 'An application that ends its process loses every request in progress in that process, but no queued request and no other process.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_manage_process'],
  why: 'The more threads a process has, the more visitors one crash costs.',
  judge: (run) =>
    judgeEach(
      provokedEnds(run).flatMap((end) => (end.by === 'exit' && end.request ? [{ end, crash: end.request }] : [])),
      'no application ended its own daemon process',
      ({ end, crash }) => survived(crash) ?? lostOrKept(run, end, crash) ?? lostInTheQueue(run, end, crash),
    ),
};

const survived = (crash: RequestHistory): Objection | null =>
  succeeded(crash) ? { says: `${crash.id} ended its process and ${outcomeOf(crash)}`, seqs: seqsOf(crash) } : null;

/** What was certainly inside when the process ended is lost with it, and only there. */
function lostOrKept(run: ApacheRun, end: ProvokedEnd, crash: RequestHistory): Objection | null {
  // Inside until after the crash: a request whose own end came first was lost by it, or is of no concern.
  const inside = insideAt(daemonEntries(run), crash.sent.seq).filter(
    ({ request }) => (request.released?.seq ?? Number.POSITIVE_INFINITY) > end.seq,
  );
  for (const { request, seen } of inside) {
    if (request.outcome === null) continue;
    const together = seen.process === end.process;
    if (together === succeeded(request))
      return {
        says: `${request.id} was inside ${together ? 'the process that ended' : 'another process'} and ${outcomeOf(request)}`,
        seqs: [crash.sent.seq, ...seqsOf(request)],
      };
  }
  return null;
}

/** What had not been taken by any process yet is served by the next one. */
function lostInTheQueue(run: ApacheRun, end: ProvokedEnd, crash: RequestHistory): Objection | null {
  const lost = requestHistories(run.trace).find((request) => {
    if (request.id === crash.id || request.sent.seq > end.seq || request.sent.behave !== undefined) return false;
    if ((request.outcome?.seq ?? 0) < end.seq || request.accepted.some(({ seq }) => seq < end.seq)) return false;
    if (request.observed.some(({ seq }) => seq < end.seq)) return false;
    const to = routeOf(run, request);
    return (
      to.kind === 'application' &&
      to.mount.processGroup === end.group.name &&
      !succeeded(request) &&
      !waitedTooLong(request, end.group)
    );
  });
  return lost
    ? {
        says: `${lost.id} waited in the queue of ${end.group.name} and ${outcomeOf(lost)}`,
        seqs: [end.seq, ...seqsOf(lost)],
      }
    : null;
}
