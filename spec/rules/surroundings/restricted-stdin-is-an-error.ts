import { type ApacheRule, bothModes } from '../rule.ts';
import { judgeStream } from './streams.ts';

export const restrictedStdinIsAnError: ApacheRule = {
  id: 'RESTRICT-STDIN-01',
  level: 'must',
  area: 'surroundings',
  says: 'With WSGIRestrictStdin On any use of sys.stdin raises OSError; otherwise, as by default since 3.0, it does not.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, wsgi_restrict.c and wsgi_interp.c, newInterpreterObject',
    'mod_wsgi manual, WSGIRestrictStdin',
  ],
  why: 'A debugger that waits for input would wait for ever, in a process nobody can type to.',
  judge: (run) =>
    judgeStream(run, 'sys.stdin', ({ restrictsStdin }) => restrictsStdin, run.deployment.surroundings.restrictStdin),
};
