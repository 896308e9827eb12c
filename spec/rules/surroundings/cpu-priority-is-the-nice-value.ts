import type { ApacheRule } from '../rule.ts';
import { judgeGifts } from './given.ts';

export const cpuPriorityIsTheNiceValue: ApacheRule = {
  id: 'CONF-PRIO-01',
  level: 'must',
  area: 'surroundings',
  says: 'cpu-priority is the nice value of every process of the group; to be below that of the server it needs a server that root has started.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process: setpriority',
    'mod_wsgi manual, WSGIDaemonProcess, cpu-priority=num',
  ],
  why: 'A site that may wait leaves the processor to the others.',
  judge: (run) =>
    judgeGifts(run, 'no process was seen whose group has a cpu-priority that it could be given', [
      {
        option: 'cpu-priority',
        wanted: ({ cpuPriority }) => (cpuPriority === 0 ? null : String(Math.max(-20, Math.min(19, cpuPriority)))),
        found: ({ given }) => (given.startedBy === 0 || given.priority > 0 ? String(given.priority) : null),
      },
    ]),
};
