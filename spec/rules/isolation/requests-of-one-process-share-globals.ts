import { eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { scriptChangedBy } from '../damage.ts';
import { type Entry, entriesOf, groupedBy, residenceOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach, type Objection } from '../rule.ts';
import { strayFromMainInterpreter } from './main-interpreter.ts';

/** New globals are allowed once for each touch of the script: embedded mode executes it again in place. */
export const requestsOfOneProcessShareGlobals: ApacheRule = {
  id: 'ISO-PROC-02',
  level: 'must',
  area: 'isolation',
  says: 'All requests for one script in the same process and application group see one and the same set of module globals.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script', 'mod_wsgi manual, Processes And Threading'],
  why: 'Two users whose requests meet in one process share what the code keeps in its globals, wanted or not.',
  judge: (run) => {
    const entries = entriesOf(run.trace);
    return judgeEach(
      [...groupedBy(entries, residenceOf).values()].filter((residents) => residents.length > 1),
      'no process ran two requests for one script',
      (residents) => strayed(residents, entries) ?? tooManyGlobals(run, residents) ?? countedTwice(residents),
    );
  },
};

function strayed(residents: readonly Entry[], all: readonly Entry[]): Objection | null {
  const [first, ...others] = residents;
  if (!first) return null;
  const other = others.find(
    ({ seen }) => seen.interpreter !== first.seen.interpreter || seen.importedModule !== first.seen.importedModule,
  );
  if (!other) return null;
  return {
    says: `${first.request.id} and ${other.request.id} ran one script in process ${first.seen.pid} and group "${first.seen.applicationGroup}", but in two interpreters`,
    seqs: [first.seq, other.seq],
    ...strayFromMainInterpreter([first, other], all),
  };
}

function tooManyGlobals(run: ApacheRun, residents: readonly Entry[]): Objection | null {
  const loadings = [...groupedBy(residents, ({ seen }) => seen.scriptGlobals).values()].flatMap(
    ([first]) => first ?? [],
  );
  const last = loadings.at(-1);
  if (!last || loadings.length <= 1 + touchesBefore(run, last)) return null;
  return {
    says: `one script in process ${last.seen.pid} and group "${last.seen.applicationGroup}" had ${loadings.length} sets of globals`,
    seqs: loadings.map(({ seq }) => seq),
  };
}

const touchesBefore = (run: ApacheRun, entry: Entry): number => {
  const to = routeOf(run, entry.request);
  const script = to.kind === 'unmapped' ? null : to.mount.script;
  return eventsOf(run.trace, 'act.performed').filter(
    ({ seq, act }) =>
      seq < entry.seq && scriptChangedBy(act) !== null && (script === null || scriptChangedBy(act) === script),
  ).length;
};

/** The probe counts under a lock: two requests with one number were counted in two places. */
function countedTwice(residents: readonly Entry[]): Objection | null {
  for (const counted of groupedBy(residents, ({ seen }) => `${seen.scriptGlobals} ${seen.scriptCount}`).values()) {
    const [first, second] = counted;
    if (first && second)
      return {
        says: `${first.request.id} and ${second.request.id} in process ${first.seen.pid} were both request ${first.seen.scriptCount} of one set of globals`,
        seqs: [first.seq, second.seq],
      };
  }
  return null;
}
