/** What uWSGI would be if it did not keep its own rules. */
import { mostSomaxconn } from '../../spec/serving/somaxconn.ts';
import { fromSeconds, millis } from '../../spec/vocabulary.ts';
import { anApplication, aUwsgi } from '../../src/simulator/a-worker-deployment.ts';
import { deciding, distorting, type Mutant, reporting, running, throughout } from './mutant.ts';
import { servesNobodyAfterACrash } from './workers.ts';

const script = anApplication().script;
const two = aUwsgi({ processes: 2 });
const merciless = aUwsgi({ workerReloadMercy: fromSeconds(2) });
const limited = aUwsgi({ maxRequests: 3, minWorkerLifetime: millis(0) });
const mounts = aUwsgi({
  manageScriptName: true,
  applications: [anApplication({ url: '/a' }), anApplication({ url: '/b', script: '/srv/b.py', module: 'b' })],
});
const large = aUwsgi({ reloadOnRss: 1, minWorkerLifetime: fromSeconds(4) });
const farTooLarge = aUwsgi({ evilReloadOnAs: 1 });
const patient = aUwsgi({ reloadMercy: fromSeconds(1), touchReload: [script] });
const shortLived = aUwsgi({ maxWorkerLifetime: fromSeconds(3), minWorkerLifetime: fromSeconds(1) });

export const uwsgiMutants: readonly Mutant[] = [
  {
    name: 'says multiprocess only where several workers live',
    breaks: ['FLAG-UWSGI-01'],
    scenario: throughout(
      aUwsgi({ processes: 2, cheaper: { algorithm: 'spare', min: 1, initial: 1, step: 1, overload: 6 } }),
    ),
    run: reporting((seen) => ({ ...seen, multiprocess: false })),
  },
  {
    name: 'says multithread with enable-threads',
    breaks: ['FLAG-UWSGI-02'],
    scenario: throughout(aUwsgi({ enableThreads: true })),
    run: reporting((seen) => ({ ...seen, multithread: true })),
  },
  {
    name: 'puts all mounted applications into one interpreter',
    breaks: ['ISO-UWSGI-01'],
    scenario: throughout(mounts),
    run: reporting((seen) => ({ ...seen, interpreter: seen.process })),
  },
  {
    name: 'loads the application in every worker',
    breaks: ['ISO-UWSGI-02'],
    scenario: throughout(two),
    run: deciding({ loadsBeforeFork: () => false }),
  },
  {
    name: 'gives a worker one request more than its limit',
    breaks: ['LIFE-UWSGI-01', 'MODEL-01'],
    scenario: throughout(limited),
    run: deciding({ workerAllowance: ({ allowance }) => allowance + 1 }),
  },
  {
    name: 'lets a worker grow',
    breaks: ['LIFE-UWSGI-02'],
    scenario: throughout(large),
    run: deciding({ outgrows: () => null }),
  },
  {
    name: 'ends a worker for its memory however young it is',
    breaks: ['LIFE-UWSGI-02'],
    scenario: throughout(large),
    run: running({ ...large, minWorkerLifetime: millis(0) }),
  },
  {
    name: 'waits for the request of a worker that is far too large',
    breaks: ['LIFE-UWSGI-02'],
    scenario: throughout(farTooLarge),
    run: running(aUwsgi()),
  },
  {
    name: 'kills what is inside a worker that is old',
    breaks: ['LIFE-UWSGI-03'],
    scenario: throughout(shortLived),
    run: running({ ...shortLived, harakiri: fromSeconds(4) }),
  },
  {
    name: 'never kills a worker for a long request',
    breaks: ['LIFE-UWSGI-04'],
    scenario: throughout(aUwsgi({ harakiri: fromSeconds(2) })),
    run: deciding({ workerWatch: () => null }),
  },
  {
    name: 'times each request of a worker for itself',
    breaks: ['LIFE-UWSGI-05'],
    scenario: throughout(aUwsgi({ threads: 2, harakiri: fromSeconds(2) })),
    run: distorting((trace) => {
      const entered = new Map(trace.flatMap((e) => (e.kind === 'observation' ? [[e.request, e.at] as const] : [])));
      return trace.map((event) =>
        event.kind === 'request.finished' && event.at - (entered.get(event.request) ?? event.at) > 2000
          ? { ...event, kind: 'request.failed' as const, reason: 'process-lost' }
          : event,
      );
    }),
  },
  {
    name: 'stays cheap however busy it is',
    breaks: ['LIFE-UWSGI-06'],
    scenario: throughout(
      aUwsgi({ processes: 3, cheaper: { algorithm: 'spare', min: 1, initial: 1, step: 1, overload: 2 } }),
    ),
    run: running(aUwsgi()),
  },
  {
    name: 'ends where its application cannot be loaded',
    breaks: ['LIFE-UWSGI-07'],
    scenario: throughout(aUwsgi()),
    run: distorting((trace) =>
      trace.map((event) =>
        event.kind === 'request.finished' && event.status === 500
          ? { ...event, kind: 'request.failed' as const, reason: 'ECONNREFUSED' }
          : event,
      ),
    ),
  },
  {
    name: 'serves nobody after a crash',
    breaks: ['LIFE-UWSGI-08'],
    scenario: throughout(two),
    run: servesNobodyAfterACrash,
  },
  {
    name: 'replaces workers without a master',
    breaks: ['LIFE-UWSGI-08', 'MODEL-01'],
    scenario: throughout(aUwsgi({ processes: 2, master: false })),
    run: running(two),
  },
  {
    name: 'cuts the queue that is too long',
    breaks: ['LIFE-UWSGI-09'],
    scenario: throughout(aUwsgi({ listen: mostSomaxconn })),
    run: running(aUwsgi()),
  },
  {
    name: 'lets threads run while it is idle',
    breaks: ['LIFE-UWSGI-10'],
    scenario: throughout(aUwsgi()),
    run: deciding({ runsThreadsWhileIdle: () => true }),
  },
  {
    name: 'stops threads that are enabled while it is idle',
    breaks: ['LIFE-UWSGI-10'],
    scenario: throughout(aUwsgi({ enableThreads: true })),
    run: deciding({ runsThreadsWhileIdle: () => false }),
  },
  {
    name: 'restarts brutally at SIGHUP',
    breaks: ['RELOAD-UWSGI-01', 'SHUT-UWSGI-02'],
    scenario: throughout(merciless),
    run: deciding({ parentUnderstands: (_, signal) => (signal === 'SIGHUP' ? 'SIGTERM' : signal) }),
  },
  {
    name: 'reloads when its script is touched, as mod_wsgi does',
    breaks: ['RELOAD-UWSGI-02', 'MODEL-01'],
    scenario: throughout(two),
    run: running({ ...two, touchReload: [script] }),
  },
  {
    name: 'restarts all workers at once in a chain reload',
    breaks: ['RELOAD-UWSGI-03'],
    scenario: throughout(aUwsgi({ processes: 3, touchChainReload: [script] })),
    run: running(aUwsgi({ processes: 3, touchWorkersReload: [script] })),
  },
  {
    name: 'stops at SIGTERM',
    breaks: ['SHUT-UWSGI-01'],
    scenario: throughout(two),
    run: running({ ...two, dieOnTerm: true }),
  },
  {
    name: 'ends workers when reload-mercy is over',
    breaks: ['SHUT-UWSGI-03'],
    scenario: throughout(patient),
    run: running({ ...patient, workerReloadMercy: patient.reloadMercy }),
  },
  {
    name: 'calls exit handlers in a worker that is busy',
    breaks: ['SHUT-UWSGI-04'],
    scenario: throughout(merciless),
    run: deciding({ workerCallsExitHandlers: () => true }),
  },
];
