import { routeOf } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

export const credentialsNeedADirective: ApacheRule = {
  id: 'CONF-AUTH-01',
  level: 'must',
  area: 'surroundings',
  says: 'The Authorization header of a request is in its environ with WSGIPassAuthorization On, and otherwise, as by default, it is not.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_build_environment', 'mod_wsgi manual, WSGIPassAuthorization'],
  why: 'An application that checks passwords itself lets nobody in, and its log does not say why.',
  judge: (run) =>
    judgeEach(
      entriesOf(run.trace).flatMap((entry) => {
        const to = routeOf(run, entry.request);
        return to.kind === 'application' && entry.request.sent.behave?.kind === 'send-credentials'
          ? [{ ...entry, passes: to.mount.passAuthorization }]
          : [];
      }),
      'no application was entered by a request with credentials',
      ({ request, seen, seq, passes }) =>
        seen.hasCredentials === passes
          ? null
          : {
              says: `${request.id} ${passes ? 'lost' : 'kept'} its credentials, and WSGIPassAuthorization is ${passes ? 'On' : 'Off'}`,
              seqs: [seq],
            },
    ),
};
