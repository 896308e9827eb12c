import type { ApacheRule } from '../rule.ts';
import { judgeMaintenance } from './maintenance.ts';

export const spareThreadsAreKept: ApacheRule = {
  id: 'MPM-IDLE-03',
  level: 'must',
  area: 'children',
  says: 'Idle threads are counted over the whole server and compared with MinSpareThreads and MaxSpareThreads; whole processes are forked or retired.',
  appliesTo: ['apache-worker-embedded', 'apache-event-embedded'],
  needs: ['process.spawned', 'process.draining', 'process.exited', 'request.sent', 'request.finished', 'observation'],
  source: [
    'httpd 2.4, worker.c and event.c, perform_idle_server_maintenance',
    'httpd 2.4 manual, mpm_common, MinSpareThreads and MaxSpareThreads',
  ],
  why: 'Another process is not started because the threads of one are all busy: spare threads are kept in advance, and children compete for connections.',
  judge: (run) => judgeMaintenance(run, 'threads'),
};
