import { type Entry, entriesOf, groupedBy } from '../histories.ts';
import { judgeEach, type Objection, type Rule } from '../rule.ts';

/**
 * The catalogue has no such sentence. The probe counts under a lock, so an update can be lost only where what looks like
 * one set of globals is several, or where a lock does not keep out. A request that was sent after another one had
 * reported from inside counts later; others may count in any order, but not the same.
 */
export const countersAreLinearisable: Rule = {
  id: 'COUNT-LIN-01',
  level: 'must',
  area: 'isolation',
  says: 'Requests that count in one set of globals under a lock get different numbers, and a later one gets a higher number than one that was inside before it was sent.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent'],
  source: [
    'Python documentation, threading, Lock Objects: one thread at a time holds a lock',
    'M. Herlihy and J. Wing, Linearizability: a correctness condition for concurrent objects, 1990',
  ],
  why: 'A counter of visits, of stock or of money that is kept with a lock must not lose an update however many threads there are.',
  judge: ({ trace }) => {
    const entries = entriesOf(trace);
    const counted = (by: 'script' | 'module'): readonly Counted[] =>
      entries.map((entry) =>
        by === 'script'
          ? { entry, set: entry.seen.scriptGlobals, count: entry.seen.scriptCount }
          : { entry, set: entry.seen.importedModule, count: entry.seen.moduleCount },
      );
    return judgeEach(
      [...groupedBy([...counted('script'), ...counted('module')], ({ set }) => set).values()].filter(
        (inOne) => inOne.length > 1,
      ),
      'no set of globals was used by two requests',
      (inOne) => twice(inOne) ?? outOfOrder(inOne),
    );
  },
};

interface Counted {
  readonly entry: Entry;
  readonly set: string;
  readonly count: number;
}

function twice(inOne: readonly Counted[]): Objection | null {
  for (const [first, second] of groupedBy(inOne, ({ count }) => String(count)).values())
    if (first && second)
      return {
        says: `${first.entry.request.id} and ${second.entry.request.id} were both number ${first.count} in process ${first.entry.seen.pid}`,
        seqs: [first.entry.seq, second.entry.seq],
      };
  return null;
}

/** Follows the requests in the order sent, and keeps the highest number that was reported before. */
function outOfOrder(inOne: readonly Counted[]): Objection | null {
  const reported = inOne.toSorted((a, b) => a.entry.seq - b.entry.seq);
  let next = 0;
  let highest: Counted | null = null;
  for (const later of inOne.toSorted((a, b) => a.entry.request.sent.seq - b.entry.request.sent.seq)) {
    for (let one = reported[next]; one && one.entry.seq < later.entry.request.sent.seq; one = reported[++next])
      if (highest === null || one.count > highest.count) highest = one;
    if (highest !== null && highest.count > later.count)
      return {
        says: `${later.entry.request.id} was number ${later.count} in process ${later.entry.seen.pid}, and was sent after ${highest.entry.request.id} had been number ${highest.count}`,
        seqs: [highest.entry.seq, later.entry.seq],
      };
  }
  return null;
}
