import { entriesOf } from '../histories.ts';
import { anyGunicorn, type GunicornRule, judgeEach, python } from '../rule.ts';

export const gunicornMultiprocessFollowsWorkers: GunicornRule = {
  id: 'FLAG-GUNI-01',
  level: 'must',
  area: 'flags',
  says: 'wsgi.multiprocess is True exactly when workers is greater than 1.',
  appliesTo: anyGunicorn,
  needs: ['observation'],
  source: ['gunicorn 20.1 and 26.1, http/wsgi.py, base_environ: "wsgi.multiprocess": (cfg.workers > 1)'],
  why: 'With the default of one worker a framework may believe that it has all requests to itself.',
  judge: ({ deployment: { workers }, trace }) =>
    judgeEach(entriesOf(trace), 'no request reached the application', ({ request, seen, seq }) =>
      seen.multiprocess === workers > 1
        ? null
        : {
            says: `${request.id} was told multiprocess ${python(seen.multiprocess)}, with ${workers} workers`,
            seqs: [seq],
          },
    ),
};
