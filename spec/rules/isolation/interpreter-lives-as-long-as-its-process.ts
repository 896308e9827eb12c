import { eventsOf, type Trace } from '../../trace.ts';
import { type Entry, entriesOf, groupedBy } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach, type Objection } from '../rule.ts';
import { strayFromMainInterpreter } from './main-interpreter.ts';

export const interpreterLivesAsLongAsItsProcess: ApacheRule = {
  id: 'ISO-INTERP-07',
  level: 'must',
  area: 'isolation',
  says: 'A sub-interpreter is created by the first request or preload that needs it and lives until its process exits; no reload destroys it earlier.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, wsgi_interp.c, wsgi_acquire_interpreter', 'mod_wsgi manual, Processes And Threading'],
  why: 'What a module keeps survives a reload of the script in embedded mode, for better and for worse.',
  judge: (run) => {
    const entries = entriesOf(run.trace);
    const homes = groupedBy(entries, ({ seen }) => JSON.stringify([seen.process, seen.applicationGroup]));
    return judgeEach(
      [...homes.values()].filter((residents) => residents.length > 1),
      'no interpreter was entered twice',
      (residents) => changed(residents, entries) ?? destroyedEarly(residents, run.trace),
    );
  },
};

function changed(residents: readonly Entry[], all: readonly Entry[]): Objection | null {
  const [first, ...others] = residents;
  const other = others.find(({ seen }) => seen.interpreter !== first?.seen.interpreter);
  if (!first || !other) return null;
  return {
    says: `group "${first.seen.applicationGroup}" of process ${first.seen.pid} had another interpreter for ${other.request.id} than for ${first.request.id}`,
    seqs: [first.seq, other.seq],
    ...strayFromMainInterpreter([first, other], all),
  };
}

/** What a world that shows interpreters adds: none goes while its process still takes requests. */
function destroyedEarly(residents: readonly Entry[], trace: Trace): Objection | null {
  const processes = new Set(residents.map(({ request }) => request.accepted.at(-1)?.process));
  const group = residents[0]?.seen.applicationGroup;
  const early = eventsOf(trace, 'interpreter.destroyed').find(
    (event) =>
      processes.has(event.process) &&
      event.applicationGroup === group &&
      trace.some(
        (later) => later.seq > event.seq && later.kind === 'request.accepted' && later.process === event.process,
      ),
  );
  return early
    ? { says: `interpreter "${group}" of ${early.process} was destroyed while the process served`, seqs: [early.seq] }
    : null;
}
