import { watchTerms } from '../../machines/process-monitor.ts';
import { eventsOf } from '../../trace.ts';
import { succeeded } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';
import { acceptedAt, type TimedEnd, timedEnds } from './timed-ends.ts';

export const requestTimeoutRecyclesTheProcess: ApacheRule = {
  id: 'LIFE-REQTIME-03',
  level: 'must',
  area: 'deadlines',
  says: 'When request-timeout is over without an interrupt-timeout the whole process is recycled, from 6.0 after a graceful wait for requests that are not past hope and before 6.0 at once, so that other requests in it may be lost.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.draining', 'process.stopping', 'process.exited', 'request.accepted'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_monitor_thread', 'mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_monitor_thread'],
  why: 'One slow request can take down all its neighbours.',
  judge: (run) =>
    judgeEach(
      timedEnds(run, 'request-timeout').filter(({ group }) => group.interruptTimeout === 0),
      'no request ran into request-timeout',
      (end) => wrongWait(run, end) ?? savedAfterAll(run, end),
    ),
};

function wrongWait(run: ApacheRun, end: TimedEnd): Objection | null {
  const { event, group, inside } = end;
  const staleAge = watchTerms(group, run.deployment.server.modWsgi)?.staleAge ?? 0;
  const waits = event.kind === 'process.draining';
  const isOld = inside.length > 0 && inside.every(({ request }) => event.at - acceptedAt(end, request) > staleAge);
  if (!waits || (run.deployment.server.modWsgi === '6' && !isOld)) return null;
  return { says: `${event.process} waited although a request took too long`, seqs: [event.seq] };
}

/** Who was inside when a process was gone cannot have had a whole answer. */
function savedAfterAll(run: ApacheRun, { event, inside }: TimedEnd): Objection | null {
  const exited = eventsOf(run.trace, 'process.exited').find(({ process }) => process === event.process);
  const saved = inside.find(
    ({ request }) =>
      succeeded(request) &&
      request.released === null &&
      exited !== undefined &&
      (request.outcome?.seq ?? 0) > exited.seq,
  );
  return saved && exited
    ? {
        says: `${saved.request.id} was inside ${event.process} and answered after its end`,
        seqs: [exited.seq, saved.seq],
      }
    : null;
}
