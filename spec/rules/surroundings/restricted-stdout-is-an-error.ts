import { type ApacheRule, bothModes } from '../rule.ts';
import { judgeStream } from './streams.ts';

export const restrictedStdoutIsAnError: ApacheRule = {
  id: 'RESTRICT-STDOUT-01',
  level: 'must',
  area: 'surroundings',
  says: 'With WSGIRestrictStdout On any use of sys.stdout raises OSError; otherwise, as by default since 3.0, it does not.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, wsgi_restrict.c and wsgi_interp.c, newInterpreterObject',
    'mod_wsgi manual, WSGIRestrictStdout',
  ],
  why: 'A print left in the code breaks the site under an old configuration that switches this on.',
  judge: (run) =>
    judgeStream(
      run,
      'sys.stdout',
      ({ restrictsStdout }) => restrictsStdout,
      run.deployment.surroundings.restrictStdout,
    ),
};
