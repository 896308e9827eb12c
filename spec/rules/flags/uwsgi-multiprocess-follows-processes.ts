import { entriesOf } from '../histories.ts';
import { judgeEach, python, type UwsgiRule } from '../rule.ts';

export const uwsgiMultiprocessFollowsProcesses: UwsgiRule = {
  id: 'FLAG-UWSGI-01',
  level: 'must',
  area: 'flags',
  says: 'wsgi.multiprocess is False exactly when processes is 1, however many workers live while the server is cheap.',
  appliesTo: ['uwsgi'],
  needs: ['observation'],
  source: ['uWSGI 2.0, plugins/python/wsgi_subhandler.c, uwsgi_request_subhandler_wsgi: uwsgi.numproc == 1'],
  why: 'With one worker alive at night a second one may be there in the morning.',
  judge: ({ deployment: { processes }, trace }) =>
    judgeEach(entriesOf(trace), 'no request reached an application', ({ request, seen, seq }) =>
      seen.multiprocess === processes > 1
        ? null
        : {
            says: `${request.id} was told multiprocess ${python(seen.multiprocess)}, with processes = ${processes}`,
            seqs: [seq],
          },
    ),
};
