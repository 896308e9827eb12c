import type { ApacheRule } from '../rule.ts';
import { judgeGifts } from './given.ts';

export const pythonPathComesFirst: ApacheRule = {
  id: 'CONF-PATH-01',
  level: 'must',
  area: 'surroundings',
  says: 'The directories of python-path stand in front of everything else in sys.path of each interpreter of the group, in their order; only the home of the group stands before them.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, newInterpreterObject: site.addsitedir, and what it adds is moved to the front; then the home is put before it',
    'mod_wsgi manual, WSGIDaemonProcess, python-path=directory',
  ],
  why: 'A module of the application wins over one of the same name that is installed.',
  judge: (run) =>
    judgeGifts(run, 'no process was seen whose group has a python-path', [
      {
        option: 'python-path',
        wanted: ({ home, pythonPath }) => (home !== null && pythonPath !== null ? `${home}:${pythonPath}` : pythonPath),
        found: ({ given }) => given.modulePath.join(':'),
        agrees: begins,
      },
    ]),
};

/** A world may keep the directories in a folder of its own. */
function begins(found: string, wanted: string): boolean {
  const entries = found.split(':');
  return wanted.split(':').every((directory, index) => entries[index]?.endsWith(directory.replace(/\/$/, '')));
}
