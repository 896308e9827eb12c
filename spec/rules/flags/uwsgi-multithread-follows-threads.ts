import { entriesOf } from '../histories.ts';
import { judgeEach, python, type UwsgiRule } from '../rule.ts';

export const uwsgiMultithreadFollowsThreads: UwsgiRule = {
  id: 'FLAG-UWSGI-02',
  level: 'must',
  area: 'flags',
  says: 'wsgi.multithread is True exactly when threads is greater than 1, and enable-threads alone does not set it.',
  appliesTo: ['uwsgi'],
  needs: ['observation'],
  source: ['uWSGI 2.0, plugins/python/wsgi_subhandler.c, uwsgi_request_subhandler_wsgi: uwsgi.threads > 1'],
  why: 'enable-threads is for threads of the application; requests still come one by one.',
  judge: ({ deployment: { threads, enableThreads }, trace }) =>
    judgeEach(entriesOf(trace), 'no request reached an application', ({ request, seen, seq }) =>
      seen.multithread === threads > 1
        ? null
        : {
            says: `${request.id} was told multithread ${python(seen.multithread)}, with threads = ${threads}${enableThreads ? ' and enable-threads' : ''}`,
            seqs: [seq],
          },
    ),
};
