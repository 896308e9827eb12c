/** What a trace tells of a daemon process that is signalled while requests are inside it, and of its exit handlers. */
import { type DaemonGroup, processCount } from '../deployments/apache.ts';
import { isMonitored } from '../machines/process-monitor.ts';
import { type EventOf, type ExitHandler, eventsOf, type Mark } from '../trace.ts';
import type { Millis, Signal } from '../vocabulary.ts';
import { isSteady } from './endings.ts';
import { leavesItsProcess } from './harmless.ts';
import { daemonEntries, type Entry, succeeded } from './histories.ts';
import { isInside } from './overlaps.ts';
import { findsRoom } from './room.ts';
import type { ApacheRun } from './rule.ts';

type GroupEntry = ReturnType<typeof daemonEntries>[number];

/** A signal to the only process of a group that nothing else ends. */
export interface Signalled {
  readonly signal: Signal;
  /** Which signal of this kind to this process, from 1. */
  readonly count: number;
  readonly group: DaemonGroup;
  readonly process: Mark;
  readonly seq: number;
  readonly at: Millis;
  /** Certainly inside the process when the signal came. */
  readonly inside: readonly Entry[];
  /** Sent afterwards, for sure while one of those was still inside and there was room beside it. */
  readonly beside: readonly GroupEntry[];
  /** Got in after the signal and before the next thing that is done to a process. */
  readonly later: readonly GroupEntry[];
  /** Asked for handlers before, in this process. */
  readonly registered: readonly GroupEntry[];
  /** From here on something else may end a process; the same signal once more does not count. */
  readonly until: number;
}

/** Every signal of these kinds to a process, in order. */
export function signalled(run: ApacheRun, signals: readonly Signal[]): readonly Signalled[] {
  const entries = daemonEntries(run);
  const acts = eventsOf(run.trace, 'act.performed');
  return acts.flatMap(({ act, seq, at }): readonly Signalled[] => {
    if (act.kind !== 'signal' || !signals.includes(act.signal)) return [];
    const target = entries.find((entry) => entry.request.id === act.processOf);
    if (!target || processCount(target.group) !== 1 || !isSteady(target.group)) return [];
    const { group, seen } = target;
    const own = entries.filter((entry) => entry.seen.process === seen.process);
    const isSame = (other: EventOf<'act.performed'>): boolean =>
      other.act.kind === 'signal' &&
      other.act.signal === act.signal &&
      own.some(({ request }) => other.act.kind === 'signal' && request.id === other.act.processOf);
    const next = run.trace.find((event) => event.seq > seq && disturbs(event))?.seq ?? Number.POSITIVE_INFINITY;
    const until =
      run.trace.find(
        (event) => event.seq > seq && disturbs(event) && !(event.kind === 'act.performed' && isSame(event)),
      )?.seq ?? Number.POSITIVE_INFINITY;
    const inside = own.filter((entry) => isInside(entry, seq));
    const later = entries.filter(
      ({ group: of, request, seq: entered }) => of === group && request.sent.seq > seq && entered < next,
    );
    return [
      {
        signal: act.signal,
        count: acts.filter((other) => other.seq <= seq && isSame(other)).length,
        group,
        process: seen.process,
        seq,
        at,
        inside,
        until,
        beside: later.filter(
          (entry) =>
            inside.some((held) => isInside(held, entry.request.sent.seq)) && findsRoom(run, entry.request, group.name),
        ),
        later,
        registered: own.filter(
          ({ request }) =>
            request.sent.behave?.kind === 'register-exit-handlers' &&
            succeeded(request) &&
            (request.outcome?.seq ?? Number.POSITIVE_INFINITY) < seq,
        ),
      },
    ];
  });
}

const disturbs = (event: ApacheRun['trace'][number]): boolean =>
  event.kind === 'act.performed' ||
  (event.kind === 'request.sent' && event.behave !== undefined && !leavesItsProcess(event.behave));

/** The first entry in another process: by then the signalled one is gone, as a group of one process has one at a time. */
export const successor = ({ later, process }: Signalled): GroupEntry | null =>
  later.find(({ seen }) => seen.process !== process) ?? null;

/** Requests that nobody let go and that were lost: what cut them off was force. */
export const cutOff = ({ inside }: Signalled): readonly Entry[] =>
  inside.filter(({ request }) => request.outcome !== null && !succeeded(request) && !wasReleased(request));

const wasReleased = ({ released, outcome }: Entry['request']): boolean =>
  released !== null && outcome !== null && released.seq < outcome.seq;

/** How long SIGUSR1 lets requests go on, in ms; infinity is without end. Source: mod_wsgi 4.9.4, wsgi_monitor_thread. */
export function grace(group: DaemonGroup): number {
  const wait = group.evictionTimeout || group.gracefulTimeout;
  return wait === 0 || !isMonitored(group) ? Number.POSITIVE_INFINITY : wait;
}

/** The calls of a handler that a request registered. */
export const callsOf = (
  run: ApacheRun,
  entry: Entry,
  handler: ExitHandler,
): readonly EventOf<'exit-handler.called'>[] =>
  eventsOf(run.trace, 'exit-handler.called').filter(
    (event) => event.request === entry.request.id && event.handler === handler,
  );
