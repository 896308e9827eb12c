import { applicationOf, type Entry, entriesOf, groupedBy, requestHistories, waitedTooLong } from '../histories.ts';
import { judgeEach, type Objection, type Rule } from '../rule.ts';

/**
 * A count that goes beyond the requests a process ran has been counted elsewhere. A count that is too low proves nothing
 * here: updates may be lost, which is ISO-PROC-02's business.
 */
export const processesShareNoGlobals: Rule = {
  id: 'ISO-PROC-01',
  level: 'must',
  area: 'isolation',
  says: 'Objects in module globals are never visible to another process, whatever grouping directives are used.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation'],
  source: ['mod_wsgi manual, Processes And Threading, Sharing Of Global Data'],
  why: 'A counter, a cache or a login kept in a global variable exists once per process, and users see it change at random.',
  judge: ({ deployment, trace }) => {
    const entries = entriesOf(trace);
    // What the server gave up on may be run later, and counts then.
    const daemons = deployment.kind === 'apache' ? deployment.daemons : [];
    const unseen = requestHistories(trace).filter(
      (request) => request.observed.length === 0 && daemons.some((group) => waitedTooLong(request, group)),
    ).length;
    const shared = [...groupedBy(entries, applicationOf).values()].filter(
      (ofOne) => new Set(ofOne.map(({ seen }) => seen.process)).size > 1,
    );
    return judgeEach(
      shared.flatMap((ofOne) =>
        [...groupedBy(ofOne, ({ seen }) => seen.process).values()].map((own) => ({ own, ofOne })),
      ),
      'no application was seen in two processes',
      ({ own, ofOne }) => sameObject(own, ofOne) ?? countedElsewhere(own, entries, unseen),
    );
  },
};

/** Marks name objects: equal marks in two processes are one object in two processes. */
function sameObject(own: readonly Entry[], all: readonly Entry[]): Objection | null {
  for (const mine of own) {
    const other = all.find(
      ({ seen }) =>
        seen.process !== mine.seen.process &&
        (seen.scriptGlobals === mine.seen.scriptGlobals || seen.importedModule === mine.seen.importedModule),
    );
    if (other)
      return {
        says: `${mine.request.id} in process ${mine.seen.pid} and ${other.request.id} in process ${other.seen.pid} saw the same globals`,
        seqs: [mine.seq, other.seq],
      };
  }
  return null;
}

function countedElsewhere(own: readonly Entry[], all: readonly Entry[], unseen: number): Objection | null {
  const entered = (mark: 'scriptGlobals' | 'importedModule', of: Entry): number =>
    all.filter(({ seen }) => seen.process === of.seen.process && seen[mark] === of.seen[mark]).length + unseen;
  for (const entry of own) {
    const { seen, request, seq } = entry;
    if (seen.scriptCount > entered('scriptGlobals', entry) || seen.moduleCount > entered('importedModule', entry))
      return {
        says: `${request.id} found counters at ${seen.scriptCount} and ${seen.moduleCount} in process ${seen.pid}, which ran fewer requests`,
        seqs: [seq],
      };
  }
  return null;
}
