/** What gunicorn would be if it did not keep its own rules. */
import type { Trace } from '../../spec/trace.ts';
import { fromSeconds, type RequestId } from '../../spec/vocabulary.ts';
import { aGunicorn } from '../../src/simulator/a-worker-deployment.ts';
import { deciding, distorting, type Mutant, reporting, running, throughout } from './mutant.ts';
import { servesNobodyAfterACrash, startsProcessesForRequests } from './workers.ts';

const one = aGunicorn();
const two = aGunicorn({ workers: 2 });
const oneThread = aGunicorn({ workerClass: 'gthread', workers: 2 });
const preloaded = aGunicorn({ workers: 2, preloadApp: true });
const limited = aGunicorn({ maxRequests: 3 });
const brief = aGunicorn({ gracefulTimeout: fromSeconds(2) });
const impatient = aGunicorn({ workers: 2, timeout: fromSeconds(2), gracefulTimeout: fromSeconds(2) });

export const gunicornMutants: readonly Mutant[] = [
  {
    name: 'says multiprocess with one worker',
    breaks: ['FLAG-GUNI-01'],
    scenario: throughout(one),
    run: reporting((seen) => ({ ...seen, multiprocess: true })),
  },
  {
    name: 'says multiprocess as soon as SIGTTIN has added a worker',
    breaks: ['FLAG-GUNI-02'],
    scenario: throughout(one),
    run: distorting((trace) => {
      const added = trace.find(
        (event) =>
          event.kind === 'act.performed' && event.act.kind === 'server-signal' && event.act.signal === 'SIGTTIN',
      );
      return trace.map((event) =>
        event.kind === 'observation' && added && event.seq > added.seq
          ? { ...event, seen: { ...event.seen, multiprocess: true } }
          : event,
      );
    }),
  },
  {
    name: 'says multithread only where there are several threads',
    breaks: ['FLAG-GUNI-03'],
    scenario: throughout(oneThread),
    run: reporting((seen) => ({ ...seen, multithread: false })),
  },
  {
    name: 'has no threads where the sync worker is asked for',
    breaks: ['FLAG-GUNI-04'],
    scenario: throughout(aGunicorn({ workerClass: 'gthread', requestedClass: 'sync', threads: 3 })),
    run: reporting((seen) => ({ ...seen, multithread: false })),
  },
  {
    name: 'says run_once where a worker has one request',
    breaks: ['FLAG-UWSGI-03'],
    scenario: throughout(aGunicorn({ maxRequests: 1 })),
    run: reporting((seen) => ({ ...seen, runOnce: true })),
  },
  {
    name: 'imports the application before the fork without being told to',
    breaks: ['ISO-GUNI-01'],
    scenario: throughout(two),
    run: deciding({ loadsBeforeFork: () => true }),
  },
  {
    name: 'imports the application in each worker although it is preloaded',
    breaks: ['ISO-GUNI-01', 'RELOAD-GUNI-02'],
    scenario: throughout(preloaded),
    run: deciding({ loadsBeforeFork: () => false }),
  },
  {
    name: 'starts a process when a request comes',
    breaks: ['DISP-POOL-01'],
    scenario: throughout(two),
    run: startsProcessesForRequests,
  },
  {
    name: 'gives a worker one request more than its limit',
    breaks: ['LIFE-GUNI-01', 'MODEL-01'],
    scenario: throughout(limited),
    run: deciding({ workerAllowance: ({ allowance }) => allowance + 1 }),
  },
  {
    name: 'ends a worker one request before its limit',
    breaks: ['LIFE-GUNI-01'],
    scenario: throughout(limited),
    run: deciding({ workerAllowance: ({ allowance }) => allowance - 1 }),
  },
  {
    name: 'lets sync workers be silent',
    breaks: ['LIFE-GUNI-02'],
    scenario: throughout(impatient),
    run: deciding({ workerWatch: () => null }),
  },
  {
    name: 'kills gthread workers for long requests',
    breaks: ['LIFE-GUNI-03'],
    scenario: throughout(aGunicorn({ workerClass: 'gthread', threads: 2, timeout: fromSeconds(2) })),
    run: deciding({ workerWatch: ({ watch }) => watch && { ...watch, of: 'requests' } }),
  },
  {
    name: 'goes on without its application',
    breaks: ['LIFE-GUNI-04'],
    scenario: throughout(two, 'broken-script'),
    run: distorting((trace) =>
      trace.map((event) =>
        event.kind === 'request.failed' && event.request === lastRequest(trace)
          ? { ...event, kind: 'request.finished' as const, status: 200 }
          : event,
      ),
    ),
  },
  {
    name: 'serves nobody after a crash',
    breaks: ['LIFE-GUNI-05'],
    scenario: throughout(two),
    run: servesNobodyAfterACrash,
  },
  {
    name: 'ignores SIGHUP',
    breaks: ['RELOAD-GUNI-01', 'MODEL-01'],
    scenario: throughout(two),
    run: deciding({ parentUnderstands: (_, signal) => (signal === 'SIGHUP' ? 'SIGUSR1' : signal) }),
  },
  {
    name: 'has one worker more after SIGHUP than is configured',
    breaks: ['RELOAD-GUNI-03'],
    scenario: throughout(one),
    run: running(two),
  },
  {
    name: 'kills old workers when graceful_timeout is over',
    breaks: ['RELOAD-GUNI-04'],
    scenario: throughout(brief),
    run: running({ ...brief, workerClass: 'gevent' }),
  },
  {
    name: 'takes SIGUSR2 for SIGHUP',
    breaks: ['RELOAD-GUNI-05'],
    scenario: throughout(two, 'SIGUSR2'),
    run: deciding({ parentUnderstands: (_, signal) => (signal === 'SIGUSR2' ? 'SIGHUP' : signal) }),
  },
  {
    name: 'takes SIGTERM for SIGQUIT',
    breaks: ['SHUT-GUNI-01'],
    scenario: throughout(impatient, 'SIGTERM'),
    run: deciding({ parentUnderstands: (_, signal) => (signal === 'SIGTERM' ? 'SIGQUIT' : signal) }),
  },
  {
    name: 'replaces its workers at SIGWINCH',
    breaks: ['SHUT-GUNI-02'],
    scenario: throughout(two),
    run: deciding({ parentUnderstands: (_, signal) => (signal === 'SIGWINCH' ? 'SIGHUP' : signal) }),
  },
];

const lastRequest = (trace: Trace): RequestId | undefined =>
  trace.findLast((event) => event.kind === 'request.sent')?.request;
