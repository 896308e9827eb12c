import { type ApacheRule, embedded } from '../rule.ts';
import { judgeRefusals } from './refusals.ts';

export const embeddedModeCanBeForbidden: ApacheRule = {
  id: 'CONF-PG-06',
  level: 'must',
  area: 'configuration',
  says: 'With WSGIRestrictEmbedded On a request that comes out in embedded mode is answered with 500.',
  appliesTo: embedded,
  needs: ['request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_handler', 'mod_wsgi manual, WSGIRestrictEmbedded'],
  why: 'It turns a forgotten WSGIProcessGroup from a silent surprise into an error.',
  judge: (run) => judgeRefusals(run, 'embedded-restricted', 'no request comes out in forbidden embedded mode'),
};
