/**
 * The ends of daemon processes that have the clock for a reason. Times in a trace are those at which a world wrote events
 * down, so an end may be judged to come too early, from the earliest time at which its cause can have begun, never too late.
 */
import type { DaemonGroup } from '../../deployments/apache.ts';
import { type Ending, type EventOf, eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { type Entry, entriesOf, processIdOf, type RequestHistory, requestHistories } from '../histories.ts';
import { lateness } from '../lateness.ts';
import { isInside } from '../overlaps.ts';
import type { ApacheRun, Evidence } from '../rule.ts';

export interface TimedEnd {
  readonly group: DaemonGroup;
  /** The first that is seen of it: a graceful wait, or being told to stop. */
  readonly event: EventOf<'process.draining' | 'process.stopping'>;
  readonly spawned: EventOf<'process.spawned'>;
  /** The requests the process had accepted by then, in the order sent. */
  readonly requests: readonly RequestHistory[];
  /** Those that were certainly inside an application of it then. */
  readonly inside: readonly Entry[];
}

/** Every end for this reason, in order. */
export function timedEnds(run: ApacheRun, because: Ending): readonly TimedEnd[] {
  const spawns = new Map(eventsOf(run.trace, 'process.spawned').map((event) => [event.process, event]));
  const begun = new Set<string>();
  return run.trace.flatMap((event): readonly TimedEnd[] => {
    if (event.kind !== 'process.draining' && event.kind !== 'process.stopping') return [];
    const spawned = spawns.get(event.process);
    const group = run.deployment.daemons.find(({ name }) => name === spawned?.processGroup);
    if (begun.has(event.process) || !spawned || !group || event.because !== because) return [];
    begun.add(event.process);
    if (mayHaveBeenInside(run, group, event.seq, spawned.seq)) return [];
    const requests = requestHistories(run.trace).filter((request) =>
      request.accepted.some(({ process, seq }) => process === event.process && seq < event.seq),
    );
    const entries = entriesOf(run.trace).filter((entry) => processIdOf(entry) === event.process);
    return [{ group, event, spawned, requests, inside: entries.filter((entry) => isInside(entry, event.seq)) }];
  });
}

/** When this process accepted a request, at the earliest. */
export const acceptedAt = ({ event }: TimedEnd, request: RequestHistory): number => {
  const accepted = request.accepted.findLast(({ process }) => process === event.process);
  return (accepted?.reported ? request.sent.at : accepted?.at) ?? 0;
};

/** Where requests are known only when they report, another one may have been inside that did not come to that. */
const mayHaveBeenInside = (run: ApacheRun, group: DaemonGroup, end: number, begin: number): boolean =>
  eventsOf(run.trace, 'request.accepted').some(({ reported }) => reported) &&
  requestHistories(run.trace).some((request) => {
    if (request.accepted.length > 0 || request.sent.seq > end || (request.outcome?.seq ?? end) < begin) return false;
    const to = routeOf(run, request);
    return to.kind === 'application' && to.mount.processGroup === group.name;
  });

/** The requests that may still have been in progress: no response of theirs is over. A client that is cut off ends none. */
export const unfinished = ({ event, requests }: TimedEnd): readonly RequestHistory[] =>
  requests.filter(({ outcome }) => outcome?.kind !== 'request.finished' || outcome.seq > event.seq);

/** What an end shows that comes sooner than it may. @param soonest - In ms on the trace's clock. */
export const tooEarly = ({ event }: TimedEnd, soonest: number, since: string): Evidence | null =>
  event.at >= soonest - lateness
    ? null
    : {
        says: `${event.process} went because of ${event.because} ${Math.ceil(soonest - event.at)} ms before its time, counted from ${since}`,
        seqs: [event.seq],
      };
