import { type ApacheRule, bothModes } from '../rule.ts';
import { judgeRefusals } from './refusals.ts';

export const undefinedGroupIsAnError: ApacheRule = {
  id: 'CONF-PG-02',
  level: 'must',
  area: 'configuration',
  says: 'A request that selects a process group nobody defined is answered with 500.',
  appliesTo: bothModes,
  needs: ['request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_remote'],
  why: 'A misspelt group name passes the configuration test and fails every request.',
  judge: (run) => judgeRefusals(run, 'process-group-undefined', 'no request selects a group that nobody defined'),
};
