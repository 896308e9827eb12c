import { hasBroken } from '../damage.ts';
import { entriesOf, outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { serverSignalled } from '../restarts/server-signals.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';

/** Judged by the last request only: workers that are told to go may still have answered those before it. */
export const gunicornFailedBootStopsTheServer: GunicornRule = {
  id: 'LIFE-GUNI-04',
  level: 'must',
  area: 'replacement',
  says: 'A worker that cannot load the application brings the whole server down, instead of being started again for ever.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'gunicorn 20.1, arbiter.py, spawn_worker: sys.exit(WORKER_BOOT_ERROR); reap_workers: raise HaltServer',
    'gunicorn 20.1, workers/base.py, load_wsgi',
  ],
  why: 'A restart with a mistake in the code ends the site, also the old workers that could have gone on.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      deployment.preloadApp
        ? []
        : serverSignalled(trace).flatMap((hup) => {
            if (hup.signal !== 'SIGHUP' || !hasBroken(trace, hup.seq)) return [];
            const last = requestHistories(trace).at(-1);
            return last && last.sent.seq > hup.seq && last.outcome !== null && hasBroken(trace, last.outcome.seq)
              ? [{ hup, last }]
              : [];
          }),
      'no worker was started while the application could not be loaded',
      ({ hup, last }) => {
        const entered = entriesOf(trace).some(({ request }) => request.id === last.id);
        return succeeded(last) || entered
          ? {
              says: `${last.id} ${outcomeOf(last)}, when no new worker could load the application`,
              seqs: [hup.seq, ...seqsOf(last)],
            }
          : null;
      },
    ),
};
