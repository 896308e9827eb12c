import { entriesOf } from '../histories.ts';
import { serverSignalled } from '../restarts/server-signals.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';

/** A second arbiter, started by SIGUSR2, imports for itself. */
export const gunicornLoadsInEachWorkerOrOnce: GunicornRule = {
  id: 'ISO-GUNI-01',
  level: 'must',
  area: 'isolation',
  says: 'Every worker imports the application after the fork, unless preload_app makes the arbiter import it once for all of them.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'gunicorn 20.1, workers/base.py, init_process and load_wsgi; arbiter.py, setup: if self.cfg.preload_app: self.app.wsgi()',
    'gunicorn manual, Settings, preload_app',
  ],
  why: 'What the module does when it is imported (a connection, a thread, a random number) happens once in each worker, or once and is shared by all.',
  judge: ({ deployment: { preloadApp }, trace }) => {
    const entries = entriesOf(trace);
    const second = serverSignalled(trace).find(({ signal }) => signal === 'SIGUSR2')?.from ?? Number.POSITIVE_INFINITY;
    return judgeEach(entries, 'no request reached the application', ({ request, seen, seq }) => {
      if (!preloadApp)
        return seen.loadedBy === seen.process
          ? null
          : {
              says: `${request.id} ran in worker ${seen.pid}, which had not imported the application itself`,
              seqs: [seq],
            };
      if (seen.loadedBy === seen.process)
        return {
          says: `${request.id} ran in worker ${seen.pid}, which had imported the application itself`,
          seqs: [seq],
        };
      const other = entries.find((one) => one.seen.loadedBy !== seen.loadedBy && one.seq < second && seq < second);
      return other
        ? {
            says: `${request.id} and ${other.request.id} ran an application that had been imported twice`,
            seqs: [seq, other.seq],
          }
        : null;
    });
  },
};
