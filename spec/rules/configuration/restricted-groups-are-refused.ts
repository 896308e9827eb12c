import { type ApacheRule, bothModes } from '../rule.ts';
import { judgeRefusals } from './refusals.ts';

export const restrictedGroupsAreRefused: ApacheRule = {
  id: 'CONF-PG-05',
  level: 'must',
  area: 'configuration',
  says: 'Where WSGIRestrictProcess is in force, a request whose group is not listed is answered with 500; %{GLOBAL} in the list stands for embedded mode.',
  appliesTo: bothModes,
  needs: ['request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_remote', 'mod_wsgi manual, WSGIRestrictProcess'],
  why: 'It is the only fence where users choose their own group in .htaccess files.',
  judge: (run) => judgeRefusals(run, 'process-group-restricted', 'no request selects a group that is not listed'),
};
