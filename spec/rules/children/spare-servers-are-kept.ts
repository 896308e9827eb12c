import type { ApacheRule } from '../rule.ts';
import { judgeMaintenance } from './maintenance.ts';

export const spareServersAreKept: ApacheRule = {
  id: 'MPM-IDLE-01',
  level: 'must',
  area: 'children',
  says: 'Once a second in which no child died, the parent forks children if fewer than MinSpareServers are idle, and tells one to go if more than MaxSpareServers are; a child that is still starting counts as idle.',
  appliesTo: ['apache-prefork-embedded'],
  needs: ['process.spawned', 'process.draining', 'process.exited', 'request.sent', 'request.finished', 'observation'],
  source: [
    'httpd 2.4, prefork.c, perform_idle_server_maintenance and prefork_run',
    'httpd 2.4 manual, prefork, MinSpareServers and MaxSpareServers',
  ],
  why: 'Globals, caches and database connections of a child last as long as the load needs the child, and no longer.',
  judge: (run) => judgeMaintenance(run, 'children'),
};
