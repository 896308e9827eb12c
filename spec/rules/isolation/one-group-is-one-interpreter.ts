import { mounted } from '../configured.ts';
import { entriesOf, firstOfEach, groupedBy, pairsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { strayFromMainInterpreter } from './main-interpreter.ts';

export const oneGroupIsOneInterpreter: ApacheRule = {
  id: 'ISO-INTERP-04',
  level: 'must',
  area: 'isolation',
  says: 'Scripts in the same application group share one interpreter per process and its imported modules, while each script file keeps its own module.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_module_name',
    'mod_wsgi manual, Processes And Threading, Python Sub Interpreters',
  ],
  why: 'Two Django sites in one group share one settings module, and the second one gets the first one’s settings.',
  judge: (run) => {
    const entries = entriesOf(run.trace);
    const distinct = firstOfEach(mounted(run, entries), ({ seen, mount }) =>
      JSON.stringify([seen.process, seen.applicationGroup, mount.script, seen.interpreter, seen.scriptGlobals]),
    );
    const neighbours = [
      ...groupedBy(distinct, ({ seen }) => JSON.stringify([seen.process, seen.applicationGroup])).values(),
    ]
      .flatMap(pairsOf)
      .filter(([a, b]) => a.mount.script !== b.mount.script);
    return judgeEach(neighbours, 'no process ran two scripts of one application group', ([a, b]) => {
      const both = `${a.mount.script} and ${b.mount.script} in group "${a.seen.applicationGroup}" of process ${a.seen.pid}`;
      const seqs = [a.seq, b.seq];
      if (a.seen.interpreter !== b.seen.interpreter || a.seen.importedModule !== b.seen.importedModule)
        return { says: `${both} ran in two interpreters`, seqs, ...strayFromMainInterpreter([a, b], entries) };
      return a.seen.scriptGlobals === b.seen.scriptGlobals || a.seen.moduleName === b.seen.moduleName
        ? { says: `${both} were one module`, seqs }
        : null;
    });
  },
};
