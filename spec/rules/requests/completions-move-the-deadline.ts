import { isMonitored } from '../../machines/process-monitor.ts';
import { type EventOf, eventsOf } from '../../trace.ts';
import { hasNoTimers, isCalm } from '../endings.ts';
import { entriesOf, processIdOf, type RequestHistory, requestHistories } from '../histories.ts';
import { lateness } from '../lateness.ts';
import { insideAt } from '../overlaps.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

export const completionsMoveTheDeadline: ApacheRule = {
  id: 'LIFE-MAXREQ-04',
  level: 'must',
  area: 'requests',
  says: 'On this path every later request completion with others still in progress moves the deadline to now plus graceful-timeout, so under steady overlapping load the process may never be recycled.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: [
    'observation',
    'request.accepted',
    'request.finished',
    'process.spawned',
    'process.draining',
    'process.stopping',
  ],
  source: ['mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_daemon_worker', 'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_worker'],
  why: 'The manual says that the process is restarted when graceful-timeout is over; a busy one is not.',
  judge: (run) =>
    judgeEach(
      deadlines(run),
      'no request came to its end in a process that waited for others at its limit and then ran out of time',
      ({ last, acceptedAt, gracefulTimeout, stopping }) =>
        // A request cannot have left before it came.
        stopping.at >= acceptedAt + gracefulTimeout - lateness
          ? null
          : {
              says: `${stopping.process} stopped ${stopping.at - acceptedAt} ms after ${last.id} came, which left while others were in progress`,
              seqs: [last.sent.seq, ...(last.outcome ? [last.outcome.seq] : []), stopping.seq],
            },
    ),
};

interface Deadline {
  readonly gracefulTimeout: number;
  /** The last request that left during the wait, and when it came. */
  readonly last: RequestHistory;
  readonly acceptedAt: number;
  readonly stopping: EventOf<'process.stopping'>;
}

/** Every wait at the limit that a deadline ended: some request was certainly still inside. */
function deadlines(run: ApacheRun): readonly Deadline[] {
  const groups = new Map(eventsOf(run.trace, 'process.spawned').map((event) => [event.process, event.processGroup]));
  return eventsOf(run.trace, 'process.draining').flatMap(({ process, because, seq }): readonly Deadline[] => {
    const group = run.deployment.daemons.find(({ name }) => name === groups.get(process));
    const stopping = eventsOf(run.trace, 'process.stopping').find((event) => event.process === process);
    if (because !== 'maximum-requests' || stopping?.because !== because || !group) return [];
    if (!isMonitored(group) || !hasNoTimers(group) || !isCalm(run.trace, seq, stopping.seq)) return [];
    const inside = insideAt(
      entriesOf(run.trace).filter((entry) => processIdOf(entry) === process),
      stopping.seq,
    );
    const left = requestHistories(run.trace).flatMap((request) => {
      const accepted = request.accepted.at(-1);
      const isWithin = accepted?.process === process && accepted.seq > seq && request.outcome !== null;
      return isWithin && request.outcome.seq < stopping.seq
        ? [{ request, acceptedAt: accepted.reported ? request.sent.at : accepted.at }]
        : [];
    });
    const last = left.at(-1);
    if (inside.length === 0 || !last) return [];
    const { gracefulTimeout } = group;
    return [{ gracefulTimeout, last: last.request, acceptedAt: last.acceptedAt, stopping }];
  });
}
