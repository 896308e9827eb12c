import { applicationsOf } from '../../deployment.ts';
import { entriesOf, groupedBy, pairsOf } from '../histories.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** Which of them is the main interpreter cannot be seen from inside a request; that they differ, or do not, can. */
export const uwsgiGivesEachApplicationAnInterpreter: UwsgiRule = {
  id: 'ISO-UWSGI-01',
  level: 'must',
  area: 'isolation',
  says: 'The first application uses the main interpreter and each further one a new interpreter, unless single-interpreter gives all of them the first.',
  appliesTo: ['uwsgi'],
  needs: ['observation'],
  source: [
    'uWSGI 2.0, plugins/python/pyloader.c, init_uwsgi_app: if (id) … init_pyargv, uwsgi.single_interpreter',
    'uWSGI manual, Options, single-interpreter: do not use multiple interpreters (where available)',
  ],
  why: 'Two mounted applications share imported modules and their globals, or do not.',
  judge: ({ deployment, trace }) => {
    const entries = entriesOf(trace);
    const ofProcess = [...groupedBy(entries, ({ seen }) => seen.process).values()];
    const applications = applicationsOf(deployment);
    return judgeEach(
      applications.length < 2
        ? []
        : ofProcess.flatMap((own) =>
            pairsOf(
              [...groupedBy(own, ({ seen }) => `${seen.scriptName} ${seen.moduleName}`).values()].flatMap(
                ([first]) => first ?? [],
              ),
            ),
          ),
      'no process ran two applications',
      ([a, b]) =>
        (a.seen.interpreter === b.seen.interpreter) === deployment.singleInterpreter
          ? null
          : {
              says: `${a.request.id} at ${a.seen.scriptName || '/'} and ${b.request.id} at ${b.seen.scriptName || '/'} ran in ${deployment.singleInterpreter ? 'two interpreters' : 'one interpreter'} of process ${a.seen.pid}`,
              seqs: [a.seq, b.seq],
            },
    );
  },
};
