/**
 * What the simulator decides about servers of workers, beside what holds for any process; see
 * {@link file://../decisions.ts}. {@link workerTruth} is what gunicorn and uWSGI do.
 */
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import type { Flags } from '../../../spec/flags.ts';
import { type MemoryLimits, outgrown } from '../../../spec/machines/worker-memory.ts';
import {
  onFileChange,
  statusOfFailedLoad,
  type TouchEnding,
  type WorkerResponse,
  type WorkerTerms,
  workerResponse,
} from '../../../spec/machines/worker-terms.ts';
import type { WorkerWatch } from '../../../spec/machines/worker-watch.ts';
import { routeToWorker, type WorkerRoute } from '../../../spec/routing/worker-route.ts';
import { releasesTheLockWhileIdle } from '../../../spec/serving/idle-threads.ts';
import { usualSomaxconn } from '../../../spec/serving/somaxconn.ts';
import type { ServerSignal } from '../../../spec/trace.ts';
import type { Signal } from '../../../spec/vocabulary.ts';
import { workersOf } from '../../../spec/workers.ts';

export interface WorkerDecisions {
  // -- Configuration --
  /** Which application answers a path. Rule ISO-UWSGI-01. */
  workerRouteOf(deployment: WorkerDeployment, path: string): WorkerRoute;
  /** What applications are told of threads and processes. Rules FLAG-GUNI-*, FLAG-UWSGI-*. */
  workerFlags(deployment: WorkerDeployment): Flags;
  /** `__name__` of the module that holds an application. */
  workerModuleName(application: WorkerApplication): string;

  // -- Dispatch --
  /** How many requests a worker runs at once. Rule DISP-POOL-01. */
  workerThreads(terms: WorkerTerms): number;
  /** Whether a worker that is to finish takes new requests. Rules LIFE-GUNI-01, SHUT-GUNI-01. */
  workerAcceptsWhileFinishing(deployment: WorkerDeployment): boolean;

  // -- Loading and reloading --
  /** Whether the parent loads the applications, and its workers are copies. Rules ISO-GUNI-01, ISO-UWSGI-02. */
  loadsBeforeFork(deployment: WorkerDeployment, preloads: boolean): boolean;
  /** The status of a worker that cannot load its application; null where it goes on. Rules LIFE-GUNI-04, LIFE-UWSGI-07. */
  statusOfFailedLoad(deployment: WorkerDeployment): number | null;
  /** What a changed file leads to. Rules RELOAD-UWSGI-01, RELOAD-UWSGI-03. */
  onWatchedFile(deployment: WorkerDeployment, file: string, isScript: boolean): TouchEnding | null;

  // -- Lifetime --
  /** Requests after which a worker ends, drawn when it starts; 0 is never. Rules LIFE-GUNI-01, LIFE-UWSGI-01. */
  workerAllowance(terms: WorkerTerms, draw: (low: number, high: number) => number): number;
  /** When a request counts. Rules LIFE-GUNI-01, LIFE-UWSGI-01. */
  workerCountsOn(terms: WorkerTerms): 'acceptance' | 'completion';
  /** What a worker makes of a signal. Rules SHUT-GUNI-01, SHUT-UWSGI-01. */
  workerResponse(deployment: WorkerDeployment, signal: Signal): WorkerResponse;
  /** What the parent takes a signal for; null is none. Rules RELOAD-GUNI-*, SHUT-GUNI-02, SHUT-UWSGI-01. */
  parentUnderstands(deployment: WorkerDeployment, signal: ServerSignal): ServerSignal | null;
  /** Whom the parent takes for stuck. Rules LIFE-GUNI-02, LIFE-GUNI-03, LIFE-UWSGI-04, LIFE-UWSGI-05. */
  workerWatch(terms: WorkerTerms): WorkerWatch | null;
  /** The limit that a worker has reached when a request is over, if any. Rule LIFE-UWSGI-02. */
  outgrows(limits: MemoryLimits): ReturnType<typeof outgrown>;
  /** Whether threads that the application started run while no request does. Rule LIFE-UWSGI-10. */
  runsThreadsWhileIdle(deployment: WorkerDeployment): boolean;
  /** Whether the server takes no connection at all, because of its configuration. Rule LIFE-UWSGI-09. */
  refusesToStart(deployment: WorkerDeployment): boolean;
  /** Whether a worker that exits calls its exit handlers. Rule SHUT-UWSGI-04. */
  workerCallsExitHandlers(deployment: WorkerDeployment, busy: number): boolean;
  /** What the client of a request gets whose worker is lost: a status, or null for a closed connection. */
  answerToLostWorker(deployment: WorkerDeployment): number | null;
}

/** What CPython has with an application that does little, in megabytes. */
const aSmallProgram = { rss: 30, as: 200 };

export const workerTruth: WorkerDecisions = {
  workerRouteOf: routeToWorker,
  workerFlags: (deployment) => workersOf(deployment).flags,
  workerModuleName: ({ module }) => module ?? '__main__',

  workerThreads: (terms) => terms.threads,
  workerAcceptsWhileFinishing: () => false,

  loadsBeforeFork: (_, preloads) => preloads,
  statusOfFailedLoad,
  onWatchedFile: onFileChange,

  workerAllowance: ({ allowance, jitter }, draw) => (allowance === 0 ? 0 : allowance + draw(0, jitter)),
  workerCountsOn: (terms) => terms.countsOn,
  workerResponse,
  parentUnderstands: (_, signal) => signal,
  workerWatch: (terms) => terms.watch,
  outgrows: (limits) => outgrown(aSmallProgram, limits),
  runsThreadsWhileIdle: (deployment) => deployment.kind !== 'uwsgi' || releasesTheLockWhileIdle(deployment),
  refusesToStart: (deployment) => deployment.kind === 'uwsgi' && deployment.listen > usualSomaxconn.now,
  workerCallsExitHandlers: ({ kind }, busy) => kind !== 'uwsgi' || busy === 0,
  answerToLostWorker: () => null,
};
