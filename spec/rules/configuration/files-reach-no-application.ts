import { isUnderFileAlias } from '../../routing/file-aliases.ts';
import { requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/** What the server answers for a file, which may not be there, is not judged: only that no application does. */
export const filesReachNoApplication: ApacheRule = {
  id: 'CONF-ALIAS-04',
  level: 'must',
  area: 'configuration',
  says: 'What an Alias covers is a file of the server and reaches no application, also where a WSGIScriptAlias covers it too, wherever their lines stand.',
  appliesTo: bothModes,
  needs: ['request.sent', 'observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_register_hooks: wsgi_hook_intercept comes after mod_alias',
    'mod_wsgi manual, Configuration Guidelines, Hosting Of Static Files',
  ],
  why: 'The style sheets of an application mounted at / cost none of its threads, and none of its code decides who may have them.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      requestHistories(trace).filter(({ sent, outcome }) => outcome !== null && isUnderFileAlias(deployment, sent.to)),
      'no request was for what both an Alias and a WSGIScriptAlias cover',
      (request) =>
        request.observed.length === 0
          ? null
          : {
              says: `${request.id} for ${request.sent.to.path}, which an Alias covers, reached an application`,
              seqs: seqsOf(request),
            },
    ),
};
