import type { WorkerDeployment } from '../../deployment.ts';
import { assertNever } from '../../vocabulary.ts';
import { undisturbedUntil } from '../calm.ts';
import { entriesOf, seqsOf } from '../histories.ts';
import { lifespanOf } from '../lifespans.ts';
import { anyGunicorn, judgeEach, type Rule } from '../rule.ts';

/** That they compete for one socket follows where none has to be chosen: a client cannot see more of it than this. */
export const workersAreStartedAheadOfRequests: Rule<WorkerDeployment> = {
  id: 'DISP-POOL-01',
  level: 'must',
  area: 'dispatch',
  says: 'Workers are started ahead of requests and compete for one shared listening socket.',
  appliesTo: [...anyGunicorn, 'uwsgi'],
  needs: ['observation', 'request.sent', 'process.appeared'],
  source: [
    'gunicorn manual, Design, Server Model: a pre-fork worker model; the master never knows anything about individual clients',
    'gunicorn 20.1, arbiter.py, run and spawn_worker',
    'uWSGI 2.0, core/uwsgi.c, uwsgi_start: sockets are bound and workers forked before the first request',
  ],
  why: 'No request waits for a process to start, and no process is made for a single request.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      isOfFixedSize(deployment)
        ? entriesOf(trace).flatMap((entry) => {
            const life = lifespanOf(trace, entry);
            return life && entry.seq < undisturbedUntil(trace, 0) ? [{ entry, life }] : [];
          })
        : [],
      'no request came before something ended a worker',
      ({ entry: { request, seen }, life }) =>
        life.known < request.sent.seq
          ? null
          : {
              says: `${request.id} was sent before process ${seen.pid}, which ran it, was there`,
              seqs: seqsOf(request),
            },
    ),
};

/** No limit or load of its own ends or adds a worker. */
function isOfFixedSize(deployment: WorkerDeployment): boolean {
  switch (deployment.kind) {
    case 'gunicorn':
      return deployment.maxRequests === 0;
    case 'uwsgi':
      return (
        deployment.maxRequests === 0 &&
        deployment.cheaper === null &&
        !deployment.cheap &&
        deployment.idle === 0 &&
        deployment.maxWorkerLifetime === 0
      );
    case 'plain':
      return false;
    default:
      return assertNever(deployment);
  }
}
