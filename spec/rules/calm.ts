/**
 * When something was done that may end processes. A signal to the server is recorded once it has had its effect: it came
 * at some time after the client had ended the step before.
 */
import { eventsOf, type Mark, type Trace, type TraceEvent } from '../trace.ts';
import { leavesItsProcess } from './harmless.ts';
import { type RequestHistory, requestHistories, succeeded } from './histories.ts';
import { rememberedByTrace } from './remember.ts';

interface Disturbance {
  /** Up to this event it had not been done. */
  readonly from: number;
  /** From this event on it has been done. */
  readonly seq: number;
}

const disturbances = rememberedByTrace((trace: Trace): readonly Disturbance[] => [
  ...eventsOf(trace, 'act.performed').map((act) => ({ from: beganAfter(trace, act), seq: act.seq })),
  // What a request does to its process it does before it has its outcome.
  ...requestHistories(trace).flatMap(({ sent, outcome }) =>
    sent.behave !== undefined && !leavesItsProcess(sent.behave)
      ? [{ from: sent.seq, seq: outcome?.seq ?? sent.seq }]
      : [],
  ),
]);

/** Nothing that may end a process was done between these events. */
export const isUndisturbed = (trace: Trace, from: number, to: number): boolean =>
  !disturbances(trace).some((one) => one.seq > from && one.from < to);

/** Up to this event nothing was done that had not been done at event `seq`; infinity where nothing was. */
export const undisturbedUntil = (trace: Trace, seq: number): number =>
  Math.min(Number.POSITIVE_INFINITY, ...disturbances(trace).flatMap((one) => (one.seq > seq ? [one.from] : [])));

/** Before this event the last thing that had been done at event `seq` was not done yet; 0 where nothing had been. */
export const undisturbedSince = (trace: Trace, seq: number): number =>
  Math.max(0, ...disturbances(trace).flatMap((one) => (one.seq <= seq ? [one.from] : [])));

/** The last event of the step before an act: what is done at once began no earlier than it was recorded. */
export function beganAfter(trace: Trace, act: Extract<TraceEvent, { readonly kind: 'act.performed' }>): number {
  if (act.act.kind !== 'server-signal') return act.seq - 1;
  const last = trace.findLast((event) => event.seq < act.seq && isMade(event));
  if (!last) return 0;
  const awaited = requestHistories(trace).flatMap((request) => awaitedOf(trace, request, last));
  return Math.max(last.seq, ...awaited.filter((seq) => seq < act.seq));
}

/** The client makes it happen. */
const isMade = ({ kind }: TraceEvent): boolean =>
  kind === 'request.sent' || kind === 'request.released' || kind === 'act.performed';

/** What the client waited for, of this request, after the last thing that it made happen. */
function awaitedOf(trace: Trace, request: RequestHistory, last: TraceEvent): readonly number[] {
  const { sent, released, outcome, observed } = request;
  const end = outcome === null ? [] : [outcome.seq];
  if (last.kind === 'request.released') return released !== null && released.seq <= last.seq ? end : [];
  if (last !== sent) return [];
  // One that nobody holds is waited for; one that is held, until it is inside.
  if (released === null && (sent.behave !== undefined || succeeded(request))) return end;
  const [entered] = observed;
  return entered && wasMet(trace, entered.seen.process, sent.seq) ? [entered.seq] : [];
}

/** A process that was there before: what it takes, it takes before it is told to go. */
const wasMet = (trace: Trace, process: Mark, seq: number): boolean =>
  trace.some(
    (event) =>
      event.seq < seq &&
      ((event.kind === 'process.appeared' && event.mark === process) ||
        (event.kind === 'observation' && event.seen.process === process)),
  );
