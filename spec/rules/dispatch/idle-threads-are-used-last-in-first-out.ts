import { type Entry, entriesOf, groupedBy, requestHistories, threadLimit } from '../histories.ts';
import { unfinishedAt } from '../overlaps.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

/** Of fewer threads all may be met by chance: two take turns, and a third helps out when one is late. */
const fewestThreads = 5;

/**
 * A thread that accepts wakes the one that became idle last, so under light load two threads take turns; probed with
 * mod_wsgi 4.9.4: 40 requests met two of eight threads. In a queue instead of a stack all threads would be met.
 */
export const idleThreadsAreUsedLastInFirstOut: ApacheRule = {
  id: 'DISP-SOCK-03',
  level: 'must',
  area: 'dispatch',
  says: 'Idle threads of a process are used last in, first out, so that light load may always meet the same few.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_worker_acquire and wsgi_worker_release'],
  why: 'What a thread keeps (a database connection in thread-local data) exists for the threads that were ever needed.',
  judge: (run) =>
    judgeEach(
      lonelyRuns(run).filter(({ entries, threads }) => threads >= fewestThreads && entries.length >= threads),
      `no process of ${fewestThreads} threads or more got so many requests one by one`,
      ({ entries, threads }) => {
        const used = new Set(entries.map(({ seen }) => seen.thread)).size;
        return used < threads
          ? null
          : {
              says: `${entries.length} requests that came one by one met all ${threads} threads of process ${entries[0]?.seen.pid}`,
              seqs: entries.map(({ seq }) => seq),
            };
      },
    ),
};

interface LonelyRun {
  readonly entries: readonly Entry[];
  readonly threads: number;
}

/** The requests to one interpreter of one daemon process that came one by one, with nothing else under way anywhere. */
function lonelyRuns(run: ApacheRun): readonly LonelyRun[] {
  const requests = requestHistories(run.trace);
  const alone = entriesOf(run.trace).filter(
    ({ seen, request }) => seen.processGroup && unfinishedAt(requests, request.sent.seq).length === 0,
  );
  const runs: Entry[][] = [];
  const placeOf = ({ seen }: Entry): string => JSON.stringify([seen.process, seen.interpreter]);
  for (const [place, entries] of groupedBy(alone, placeOf)) {
    // A meeting of several between them takes threads from all over the stack: the run begins anew.
    let current: Entry[] = [];
    for (const entry of entries) {
      const before = current.at(-1);
      if (before && entriesBetween(run, before, entry).some((other) => placeOf(other) === place)) current = [];
      if (current.length === 0) runs.push(current);
      current.push(entry);
    }
  }
  return runs.map((entries) => ({ entries, threads: threadLimit(run, entries[0]?.seen.processGroup ?? '') }));
}

const entriesBetween = ({ trace }: ApacheRun, from: Entry, to: Entry): readonly Entry[] =>
  entriesOf(trace).filter((other) => other.seq > from.seq && other.seq < to.seq);
