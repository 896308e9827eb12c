import { entriesOf } from '../histories.ts';
import { type GunicornRule, judgeEach, python } from '../rule.ts';

/** The flag tells the classes apart: rule FLAG-GUNI-03. */
export const gunicornSyncWithThreadsIsGthread: GunicornRule = {
  id: 'FLAG-GUNI-04',
  level: 'must',
  area: 'flags',
  says: 'A sync worker that is asked for with threads above 1 is a gthread worker.',
  appliesTo: ['gunicorn-gthread'],
  needs: ['observation'],
  source: [
    'gunicorn 20.1 and 26.1, config.py, worker_class_str and worker_class: is_sync and threads > 1',
    'gunicorn manual, Settings, threads: if you try to use the sync worker type and set the threads setting to more than 1, the gthread worker type will be used instead',
  ],
  why: 'One setting makes threads of what was written for one request at a time, and its timeout means something else.',
  judge: ({ deployment: { requestedClass, threads }, trace }) =>
    judgeEach(
      requestedClass === 'sync' ? entriesOf(trace) : [],
      requestedClass === 'sync' ? 'no request reached the application' : 'the gthread worker was asked for by its name',
      ({ request, seen, seq }) =>
        seen.multithread
          ? null
          : {
              says: `${request.id} was told multithread ${python(seen.multithread)} by a worker that has threads = ${threads}`,
              seqs: [seq],
            },
    ),
};
