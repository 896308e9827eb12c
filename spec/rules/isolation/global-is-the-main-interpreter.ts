import { mounted, written } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { strayFromMainInterpreter } from './main-interpreter.ts';

export const globalIsTheMainInterpreter: ApacheRule = {
  id: 'ISO-INTERP-06',
  level: 'must',
  area: 'isolation',
  says: '%{GLOBAL} selects the main interpreter, which reports an empty application group.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_application_group',
    'mod_wsgi 4.9.4, wsgi_interp.c, wsgi_acquire_interpreter (fails on CPython 3.11 beside a named group)',
  ],
  why: 'Extension modules that use the simplified GIL interface, NumPy among them, work in the main interpreter only.',
  judge: (run) => {
    const entries = entriesOf(run.trace);
    return judgeEach(
      mounted(run, entries).filter((entry) => written(run, entry, 'applicationGroup') === '%{GLOBAL}'),
      'no application was entered that asks for %{GLOBAL}',
      (entry) => {
        const { request, seen, seq } = entry;
        if (seen.applicationGroup !== '')
          return { says: `${request.id} ran in application group "${seen.applicationGroup}"`, seqs: [seq] };
        const stray = strayFromMainInterpreter([entry], entries);
        return stray.knownDefect === undefined
          ? null
          : {
              says: `${request.id} ran in the interpreter of a named group of process ${seen.pid}`,
              seqs: [seq],
              ...stray,
            };
      },
    );
  },
};
