/** What in a trace makes a process end, as far as a client can know it. */
import type { DaemonGroup } from '../deployments/apache.ts';
import { route } from '../routing/route.ts';
import type { Mark, Trace, TraceEvent } from '../trace.ts';
import { leavesItsProcess } from './harmless.ts';
import {
  daemonEntries,
  type Entry,
  processIdOf,
  processLimit,
  type RequestHistory,
  requestHistories,
} from './histories.ts';
import type { ApacheRun } from './rule.ts';

/** A daemon process that was told to end, or that an application ended. */
export interface ProvokedEnd {
  readonly process: Mark;
  readonly group: DaemonGroup;
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'exit';
  /** The request that did it from inside; null for a signal from outside. */
  readonly request: RequestHistory | null;
  /** From this event on the cause is complete. */
  readonly seq: number;
}

/** Every end of a daemon process that somebody provoked, in order. */
export function provokedEnds(run: ApacheRun): readonly ProvokedEnd[] {
  const entries = daemonEntries(run);
  const ends: ProvokedEnd[] = [];
  for (const event of run.trace) {
    if (event.kind !== 'act.performed' || event.act.kind !== 'signal') continue;
    const { signal, processOf } = event.act;
    const target = entries.find((entry) => entry.request.id === processOf);
    if (target && (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGKILL'))
      ends.push({ process: target.seen.process, group: target.group, by: signal, request: null, seq: event.seq });
  }
  for (const request of requestHistories(run.trace)) {
    const { behave } = request.sent;
    if (behave?.kind !== 'exit' && behave?.kind !== 'signal-self') continue;
    if (request.outcome === null) continue;
    const where = whereIt(run, entries, request);
    if (where === null) continue;
    const by = behave.kind === 'exit' ? 'exit' : behave.signal;
    ends.push({ process: where.seen.process, group: where.group, by, request, seq: request.outcome.seq });
  }
  return ends.toSorted((a, b) => a.seq - b.seq);
}

/**
 * An entry in the process that ran a request, which may have died without reporting: found by the request's own report,
 * else by the world's name of the process, else because the group has no other process.
 */
function whereIt<E extends Entry & { readonly group: DaemonGroup }>(
  run: ApacheRun,
  entries: readonly E[],
  request: RequestHistory,
): E | null {
  const own = entries.find((entry) => entry.request.id === request.id);
  if (own) return own;
  const process = request.accepted.at(-1)?.process;
  if (process) return entries.find((entry) => processIdOf(entry) === process) ?? null;
  const to = route(run.deployment, request.sent.to);
  if (to.kind !== 'application' || processLimit(run, to.mount.processGroup) !== 1) return null;
  return (
    entries.findLast((entry) => entry.seen.processGroup === to.mount.processGroup && entry.seq < request.sent.seq) ??
    null
  );
}

/** Nothing between two events can have ended a process of a {@link isSteady steady} group. */
export const isCalm = (trace: Trace, from: number, to: number): boolean =>
  !trace.some((event) => event.seq > from && event.seq < to && disturbs(event));

/** The first event after `seq` that can end a process; infinity where there is none. */
export const nextDisturbance = (trace: Trace, seq: number): number =>
  trace.find((event) => event.seq > seq && disturbs(event))?.seq ?? Number.POSITIVE_INFINITY;

const disturbs = (event: TraceEvent): boolean =>
  event.kind === 'act.performed' ||
  (event.kind === 'request.sent' && event.behave !== undefined && !leavesItsProcess(event.behave));

/** Nothing but a cause from outside ends the processes of this group. */
export const isSteady = (group: DaemonGroup): boolean => group.maximumRequests === 0 && hasNoTimers(group);

/** No option makes a process of this group end after a length of time. */
export const hasNoTimers = (group: DaemonGroup): boolean =>
  group.restartInterval === 0 &&
  group.inactivityTimeout === 0 &&
  group.requestTimeout === 0 &&
  group.startupTimeout === 0 &&
  group.interruptTimeout === 0 &&
  group.cpuTimeLimit === 0;
