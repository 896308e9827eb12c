/** The processes of a daemon group one after the other, where there is only one at a time. */
import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { routeOf } from '../configured.ts';
import { isDamaged } from '../damage.ts';
import { hasNoTimers, isCalm } from '../endings.ts';
import { daemonEntries, type Entry, groupedBy, requestHistories } from '../histories.ts';
import type { ApacheRun } from '../rule.ts';

/** What one process of a group did. */
export interface Tenure {
  readonly group: DaemonGroup;
  readonly entries: readonly Entry[];
  /** The first entry of its successor; null for the last process, and where several serve at a time. */
  readonly successor: Entry | null;
}

/** The tenures of every group that has a request limit. */
export const limitedTenures = (run: ApacheRun): readonly Tenure[] =>
  [...groupedBy(daemonEntries(run), ({ group }) => group.name).values()].flatMap((ofGroup) => {
    const group = ofGroup[0]?.group;
    if (!group || group.maximumRequests === 0 || hasDamaged(run, group)) return [];
    const tenures = [...groupedBy(ofGroup, ({ seen }) => seen.process).values()];
    return tenures.map((entries, index) => ({
      group,
      entries,
      successor: (processCount(group) === 1 ? tenures[index + 1]?.[0] : undefined) ?? null,
    }));
  });

/** Whether a process gave way to its successor and nothing but its own count can be the reason. */
export function endedByCount(run: ApacheRun, { entries, successor, group }: Tenure): boolean {
  const first = entries[0];
  if (!first || !successor || !hasNoTimers(group)) return false;
  // A provoked end of the process before may still be on its way when the first request is sent.
  return isCalm(run.trace, first.request.sent.seq - 1, successor.seq);
}

/** A request whose script raises counts, and nobody sees in which process. */
const hasDamaged = (run: ApacheRun, group: DaemonGroup): boolean =>
  requestHistories(run.trace).some((request) => {
    const to = routeOf(run, request);
    return to.kind === 'application' && to.mount.processGroup === group.name && isDamaged(run, request);
  });
