import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { watchTerms } from '../../machines/process-monitor.ts';
import type { EventOf } from '../../trace.ts';
import { daemonEntries, type Entry, outcomeOf, seqsOf, waitedTooLong } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';
import { acceptedAt, type TimedEnd, timedEnds, tooEarly, unfinished } from './timed-ends.ts';

export const stuckRequestIsInterruptedFirst: ApacheRule = {
  id: 'LIFE-REQTIME-04',
  level: 'must',
  area: 'deadlines',
  says: 'With an interrupt-timeout a request that runs into request-timeout has RequestTimeout raised in its thread first: where that ends it before its headers are out the client gets 504 and the process goes on, and otherwise the process is recycled when the interrupt-timeout is over as well.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished'],
  source: [
    'mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_monitor_thread and wsgi_inject_request_timeout',
    'mod_wsgi 6.0.5, wsgi_adapter.c, Adapter_run',
    'mod_wsgi 6 manual, WSGIDaemonProcess, interrupt-timeout=sss',
  ],
  since: '6',
  why: 'A slow request is stopped without its neighbours, as long as it runs Python; one that waits in a library is not.',
  judge: (run) =>
    judgeEach<Situation>(
      [
        ...ranOn(run).map((entry) => ({ kind: 'ran-on' as const, ...entry })),
        ...timedEnds(run, 'request-timeout')
          .filter(({ group }) => group.interruptTimeout > 0)
          .map((end) => ({ kind: 'ended' as const, end })),
      ],
      'no request ran into request-timeout in a group that interrupts it',
      (situation) => (situation.kind === 'ended' ? endedTooEarly(situation.end) : wronglyInterrupted(run, situation)),
    ),
};

type RanOn = Entry & { readonly group: DaemonGroup; readonly outcome: EventOf<'request.finished'> };
type Situation = ({ readonly kind: 'ran-on' } & RanOn) | { readonly kind: 'ended'; readonly end: TimedEnd };

/** Requests that executed Python for longer than they may, with nothing else about that might have ended them. */
const ranOn = (run: ApacheRun): readonly RanOn[] =>
  daemonEntries(run).flatMap((entry): readonly RanOn[] => {
    const { group, request, seq } = entry;
    const { outcome, sent } = request;
    const terms = watchTerms(group, '6');
    if (!terms || terms.interruptTimeout === 0 || terms.requestLimit === 0 || !endsForNothingElse(group)) return [];
    if (sent.behave?.kind !== 'run-on' || outcome?.kind !== 'request.finished' || isDisturbed(run, seq, outcome.seq))
      return [];
    const mayRun = terms.requestLimit + terms.interruptTimeout;
    return sent.behave.atMost > mayRun + lateness && !waitedTooLong(request, group) ? [{ ...entry, outcome }] : [];
  });

/** In ms: the monitor looks once a second. */
const lateness = 2000;

const endsForNothingElse = (group: DaemonGroup): boolean =>
  group.restartInterval + group.inactivityTimeout + group.cpuTimeLimit + group.maximumRequests === 0;

const isDisturbed = ({ trace }: ApacheRun, from: number, until: number): boolean =>
  trace.some(({ kind, seq }) => kind === 'act.performed' && seq > from && seq < until);

function wronglyInterrupted(run: ApacheRun, { request, seen, seq, group, outcome }: RanOn): Objection | null {
  const limit = watchTerms(group, '6')?.requestLimit ?? 0;
  const seqs = seqsOf(request);
  if (outcome.status !== 504)
    return { says: `${request.id} ran on in process ${seen.pid}, and ${outcomeOf(request)}`, seqs };
  // What the trace says of its beginning is never too early.
  const ran = outcome.at - request.sent.at;
  if (ran < limit - 2) return { says: `${request.id} was interrupted after ${ran} ms, and has ${limit} ms`, seqs };
  const next = daemonEntries(run).find(
    (entry) => entry.group === group && entry.seq > seq && entry.request !== request,
  );
  if (!next || processCount(group) > 1 || isDisturbed(run, seq, next.seq)) return null;
  return next.seen.process === seen.process
    ? null
    : {
        says: `${request.id} was interrupted, and its process ${seen.pid} went all the same`,
        seqs: [...seqs, next.seq],
      };
}

function endedTooEarly(end: TimedEnd): Objection | null {
  const { requestLimit, interruptTimeout } = watchTerms(end.group, '6') ?? { requestLimit: 0, interruptTimeout: 0 };
  const running = unfinished(end);
  if (requestLimit === 0 || running.length === 0)
    return { says: `${end.event.process} went, and no request can have been too long`, seqs: [end.event.seq] };
  const oldest = Math.min(...running.map((request) => acceptedAt(end, request)));
  return tooEarly(end, oldest + requestLimit + interruptTimeout, 'its oldest request, which was to be interrupted');
}
