/** Requests that came to a daemon group while every one of its threads was certainly busy. */
import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { eventsOf, type TraceEvent } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { isCalm } from '../endings.ts';
import { daemonEntries, type Entry, type RequestHistory, requestHistories } from '../histories.ts';
import { heldOf, insideAt, unfinishedAt } from '../overlaps.ts';
import { certainThreads } from '../room.ts';
import type { ApacheRun } from '../rule.ts';

export interface Latecomer {
  readonly request: RequestHistory;
  readonly group: DaemonGroup;
  /** Those that kept the threads busy. */
  readonly held: readonly Entry[];
  /** Requests for the group that had been sent before, had no outcome and were not held: at most so many waited. */
  readonly ahead: readonly RequestHistory[];
  /** From this event on a thread may be free: the first of those held was released or lost. */
  readonly relief: TraceEvent | null;
}

/** Every request with an outcome that found its group full, in the order sent; none that comes when processes end. */
export function latecomersOf(run: ApacheRun): readonly Latecomer[] {
  const requests = requestHistories(run.trace);
  const entries = heldOf(daemonEntries(run));
  const { children, server } = run.deployment;
  return run.deployment.daemons.flatMap((group) => {
    const ofGroup = requests.filter((request) => isFor(run, request, group));
    const inGroup = entries.filter(({ seen }) => seen.processGroup === group.name);
    return ofGroup.flatMap((request): readonly Latecomer[] => {
      const { sent, outcome } = request;
      const held = insideAt(inGroup, sent.seq);
      if (outcome === null || sent.behave !== undefined || held.length < processCount(group) * group.threads) return [];
      // It must get as far as the group: its own connection needs a thread of a child.
      if (unfinishedAt(requests, sent.seq).length >= certainThreads(children, server.mpm)) return [];
      if (!isCalm(run.trace, sent.seq, outcome.seq)) return [];
      const ahead = unfinishedAt(ofGroup, sent.seq).filter((one) => !held.some((entry) => entry.request.id === one.id));
      return [{ request, group, held, ahead, relief: reliefOf(run, held, sent.seq) }];
    });
  });
}

const isFor = (run: ApacheRun, request: RequestHistory, group: DaemonGroup): boolean => {
  const to = routeOf(run, request);
  return to.kind === 'application' && to.mount.processGroup === group.name;
};

function reliefOf(run: ApacheRun, held: readonly Entry[], after: number): TraceEvent | null {
  const ids = new Set(held.map(({ request }) => request.id));
  return (
    run.trace.find(
      (event) =>
        event.seq > after &&
        (event.kind === 'request.released' || event.kind === 'request.finished' || event.kind === 'request.failed') &&
        ids.has(event.request),
    ) ?? null
  );
}

/** When a request came into the queue of a group, where the world shows that. */
export const queuedIn = (run: ApacheRun, { request, group }: Pick<Latecomer, 'request' | 'group'>) =>
  eventsOf(run.trace, 'request.queued').find(
    (event) => event.request === request.id && event.processGroup === group.name,
  ) ?? null;
