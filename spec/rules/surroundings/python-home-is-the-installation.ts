import type { ApacheRule } from '../rule.ts';
import { judgeGifts } from './given.ts';

export const pythonHomeIsTheInstallation: ApacheRule = {
  id: 'CONF-PYHOME-01',
  level: 'must',
  area: 'surroundings',
  says: 'python-home is the Python installation or virtual environment of every process of the group, in place of WSGIPythonHome.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process, and wsgi_interp.c, wsgi_python_init',
    'mod_wsgi manual, WSGIDaemonProcess, python-home=directory',
  ],
  why: 'It is how two sites on one Apache have different packages.',
  judge: (run) =>
    judgeGifts(run, 'no process was seen whose group has a python-home', [
      {
        option: 'python-home',
        // Where Python begins in the parent it is the parent's: rule CONF-LAZY-01.
        wanted: ({ pythonHome }) => (run.deployment.surroundings.lazyInitialization ? pythonHome : null),
        found: ({ given }) => given.pythonPrefix,
        // A world may keep the directory in a folder of its own.
        agrees: (found, wanted) => found.endsWith(wanted.replace(/\/$/, '')),
      },
    ]),
};
