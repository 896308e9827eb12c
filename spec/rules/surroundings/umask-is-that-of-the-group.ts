import { shownUmask } from '../../serving/surroundings.ts';
import type { ApacheRule } from '../rule.ts';
import { judgeGifts } from './given.ts';

export const umaskIsThatOfTheGroup: ApacheRule = {
  id: 'CONF-UMASK-01',
  level: 'must',
  area: 'surroundings',
  says: 'umask is an octal number and is that of every process of the group.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_add_daemon_process and wsgi_setup_access',
    'mod_wsgi manual, WSGIDaemonProcess, umask=0nnn',
  ],
  why: 'It decides who else may read and change the files that the application makes.',
  judge: (run) =>
    judgeGifts(run, 'no process was seen whose group has a umask', [
      {
        option: 'umask',
        wanted: ({ umask }) => umask && shownUmask(umask),
        found: ({ given }) => given.umask,
      },
    ]),
};
