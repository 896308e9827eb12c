import { entriesOf } from '../histories.ts';
import { anyGunicorn, type GunicornRule, judgeEach, python } from '../rule.ts';

export const gunicornMultithreadFollowsTheWorkerClass: GunicornRule = {
  id: 'FLAG-GUNI-03',
  level: 'must',
  area: 'flags',
  says: 'wsgi.multithread is False in a sync worker and True in a gthread or gevent worker, even where that has one thread.',
  appliesTo: anyGunicorn,
  needs: ['observation'],
  source: [
    'gunicorn 20.1 and 26.1, http/wsgi.py, base_environ: "wsgi.multithread": False',
    'gunicorn 20.1 and 26.1, workers/gthread.py and workers/base_async.py, handle_request: environ["wsgi.multithread"] = True',
  ],
  why: 'Frameworks decide by this flag whether they need locks.',
  judge: ({ deployment: { workerClass }, trace }) =>
    judgeEach(entriesOf(trace), 'no request reached the application', ({ request, seen, seq }) =>
      seen.multithread === (workerClass !== 'sync')
        ? null
        : {
            says: `${request.id} was told multithread ${python(seen.multithread)} in a ${workerClass} worker`,
            seqs: [seq],
          },
    ),
};
