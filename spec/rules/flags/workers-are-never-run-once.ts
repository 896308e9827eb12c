import { entriesOf } from '../histories.ts';
import { anyGunicorn, judgeEach, type Rule } from '../rule.ts';

export const workersAreNeverRunOnce: Rule = {
  id: 'FLAG-UWSGI-03',
  level: 'must',
  area: 'flags',
  says: 'wsgi.run_once is always False under uWSGI and gunicorn, even where a worker ends after one request.',
  appliesTo: ['uwsgi', ...anyGunicorn],
  needs: ['observation'],
  source: [
    'uWSGI 2.0, plugins/python/wsgi_subhandler.c, uwsgi_request_subhandler_wsgi: wsgi.run_once is Py_False',
    'gunicorn 20.1 and 26.1, http/wsgi.py, base_environ: "wsgi.run_once": False',
  ],
  why: 'With a limit of one request an application would rather not prepare for a second one, and is not told.',
  judge: ({ trace }) =>
    judgeEach(entriesOf(trace), 'no request reached an application', ({ request, seen, seq }) =>
      seen.runOnce ? { says: `${request.id} was told run_once True`, seqs: [seq] } : null,
    ),
};
