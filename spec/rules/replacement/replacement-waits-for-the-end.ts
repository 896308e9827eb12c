import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { isDamaged } from '../damage.ts';
import {
  daemonEntries,
  type Entry,
  groupedBy,
  outcomeOf,
  requestHistories,
  seqsOf,
  succeeded,
  waitedTooLong,
} from '../histories.ts';
import { insideAt } from '../overlaps.ts';
import { mayBeOfFormerChild } from '../restarts/server-signals.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

export const replacementWaitsForTheEnd: ApacheRule = {
  id: 'LIFE-REPLACE-02',
  level: 'must',
  area: 'replacement',
  says: 'A replacement is started only after the old process has gone: a group of one process has none serving meanwhile, and requests wait instead of failing.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_manage_process and wsgi_setup_socket'],
  why: 'A reload of a one-process group is a pause for every visitor, as long as the old process takes to go.',
  judge: (run) =>
    judgeEach(
      handovers(run),
      'no group of one process was seen with two processes in turn',
      (handover) => servedTogether(handover) ?? failedMeanwhile(run, handover) ?? startedTooEarly(run, handover),
    ),
};

/** The last entry of a process and the first one of the next, in a group that has one process. */
interface Handover {
  readonly group: DaemonGroup;
  readonly old: readonly Entry[];
  readonly last: Entry;
  readonly next: Entry;
}

const handovers = (run: ApacheRun): readonly Handover[] =>
  [...groupedBy(daemonEntries(run), ({ group }) => group.name).values()].flatMap((entries) => {
    const group = entries[0]?.group;
    if (!group || processCount(group) !== 1) return [];
    const processes = [...groupedBy(entries, ({ seen }) => seen.process).values()];
    return processes.slice(1).flatMap((successors, index): readonly Handover[] => {
      const old = processes[index] ?? [];
      const last = old.at(-1);
      const next = successors[0];
      return last && next ? [{ group, old, last, next }] : [];
    });
  });

function servedTogether({ old, next }: Handover): Objection | null {
  const [inside] = insideAt(old, next.seq);
  if (inside)
    return {
      says: `process ${next.seen.pid} served ${next.request.id} while ${inside.request.id} was still inside process ${inside.seen.pid}`,
      seqs: [inside.seq, next.seq],
    };
  const back = old.find((entry) => entry.request.sent.seq > next.seq);
  return back
    ? {
        says: `process ${back.seen.pid} served ${back.request.id} after its successor ${next.seen.pid} had served`,
        seqs: [next.seq, back.seq],
      }
    : null;
}

/** Requests between two processes must wait; those inside the old one are another matter. */
function failedMeanwhile(run: ApacheRun, { group, last, next }: Handover): Objection | null {
  const failed = requestHistories(run.trace).find((request) => {
    if (request.sent.seq < last.seq || request.sent.seq > next.request.sent.seq) return false;
    if (request.sent.behave !== undefined || request.outcome === null || isDamaged(run, request)) return false;
    if (mayBeOfFormerChild(run.trace, request)) return false; // Rule RELOAD-APACHE-03.
    if (request.observed.length > 0 || request.accepted.length > 0 || waitedTooLong(request, group)) return false;
    const to = routeOf(run, request);
    return to.kind === 'application' && to.mount.processGroup === group.name && !succeeded(request);
  });
  return failed
    ? { says: `${failed.id} ${outcomeOf(failed)} while ${group.name} was between two processes`, seqs: seqsOf(failed) }
    : null;
}

/** What a world that shows processes adds: the old one is gone when the next is spawned. */
function startedTooEarly(run: ApacheRun, { group }: Handover): Objection | null {
  const spawned = eventsOf(run.trace, 'process.spawned').filter(({ processGroup }) => processGroup === group.name);
  const exited = new Map(eventsOf(run.trace, 'process.exited').map(({ process, seq }) => [process, seq]));
  for (const [index, event] of spawned.entries()) {
    const old = spawned[index - 1];
    if (old && (exited.get(old.process) ?? Number.POSITIVE_INFINITY) > event.seq)
      return { says: `${event.process} was started before ${old.process} had gone`, seqs: [old.seq, event.seq] };
  }
  return null;
}
