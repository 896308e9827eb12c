/**
 * On what terms the workers of gunicorn, uWSGI and others live: the part of a deployment that their lifecycle machines
 * need. Durations of 0 are off.
 */
import type { WorkerDeployment } from '../deployment.ts';
import type { GunicornDeployment } from '../deployments/gunicorn.ts';
import type { PlainDeployment } from '../deployments/plain.ts';
import type { UwsgiCheaper, UwsgiDeployment } from '../deployments/uwsgi.ts';
import type { Ending, ServerSignal } from '../trace.ts';
import { assertNever, fromSeconds, type Millis, millis } from '../vocabulary.ts';
import { workersOf } from '../workers.ts';
import type { MemoryLimits } from './worker-memory.ts';
import type { WorkerWatch } from './worker-watch.ts';

export interface WorkerTerms {
  readonly kind: 'worker';
  /** Requests it runs at once. */
  readonly threads: number;
  /** Requests after which it ends; 0 is never. */
  readonly allowance: number;
  /** Each worker adds up to so many of its own, which it draws when it starts. */
  readonly jitter: number;
  /** When a request counts: as it begins, so that none follows the last, or when it is over. */
  readonly countsOn: 'acceptance' | 'completion';
  /** How long it may take until a worker sees that it is to end, and accepts until then. */
  readonly inattention: Millis;
  /** A worker younger than this goes on, however many requests it has had. */
  readonly minLifetime: Millis;
  readonly maxLifetime: Millis;
  /** How long one that is to finish may take, and what becomes of it then; 0 is for ever. */
  readonly mercy: Millis;
  readonly afterMercy: 'gives-up' | 'is-killed';
  /** What becomes of requests in progress when it is told to go at once. */
  readonly quits: 'at-once' | 'finishing';
  /** Whom its parent takes for stuck; null is nobody. */
  readonly watch: WorkerWatch | null;
  /** Memory with which it ends by itself when a request is over, unless it is younger than {@link minLifetime}. */
  readonly memory: MemoryLimits;
  /** Memory with which its parent kills it. */
  readonly evilMemory: MemoryLimits;
}

const anyMemory: MemoryLimits = { rss: 0, as: 0 };

/** What the parent of workers keeps to. */
export interface WorkerPlan {
  readonly terms: WorkerTerms;
  /** Workers at the start. */
  readonly workers: number;
  /** Whether the parent loads the applications, once, and the workers are copies of it. */
  readonly preloads: boolean;
  /** What the second worker has on top of its terms, the third twice, and so on. */
  readonly deltas?: { readonly allowance: number; readonly maxLifetime: Millis };
}

/** The terms of the worker in a place, from 1. */
export function termsAt({ terms, deltas }: WorkerPlan, place: number): WorkerTerms {
  if (!deltas) return terms;
  const more = (value: number, delta: number): number => (value === 0 ? 0 : value + (place - 1) * delta);
  return {
    ...terms,
    allowance: more(terms.allowance, deltas.allowance),
    maxLifetime: millis(more(terms.maxLifetime, deltas.maxLifetime)),
  };
}

export interface ArbiterPlan extends WorkerPlan {
  /** How long a stop waits before it kills. */
  readonly gracefulTimeout: Millis;
  /** SIGWINCH means something to a daemon only. */
  readonly isDaemon: boolean;
}

export interface MasterPlan extends WorkerPlan {
  /** Null where the number does not follow the load, or an algorithm decides that is not known here. */
  readonly cheaper: UwsgiCheaper | null;
  /** The most workers there may be. */
  readonly most: number;
  readonly dieOnTerm: boolean;
  /** SIGHUP and touch-reload only restart the workers: the old `lazy`. */
  readonly isLazy: boolean;
  /** What would reload the server ends it. */
  readonly exitsOnReload: boolean;
  /** How long the master sleeps when workers end as fast as they are started. */
  readonly forkbombDelay: Millis;
}

export interface PoolPlan extends WorkerPlan {
  /** Whether one that ended is followed by another. */
  readonly replaces: boolean;
  /** The signal that makes them load their code anew; null is none. */
  readonly reloadsOn: ServerSignal | null;
  /** The signals that stop them at once. The first process is the server: SIGHUP ends it alone. */
  readonly stopsOn: readonly ServerSignal[];
  /** Signals that let one of them, the first, finish and go. */
  readonly finishesFirstOn: readonly ServerSignal[];
}

/** Sources: gunicorn 20.1, workers/base.py, sync.py, gthread.py, ggevent.py; rules LIFE-GUNI-*, SHUT-GUNI-01. */
export function arbiterPlan(deployment: GunicornDeployment): ArbiterPlan {
  const { workers, workerClass, maxRequests, maxRequestsJitter, timeout, gracefulTimeout, daemon, preloadApp } =
    deployment;
  const isSync = workerClass === 'sync';
  const isGevent = workerClass === 'gevent';
  return {
    terms: {
      kind: 'worker',
      threads: workersOf(deployment).threads,
      allowance: maxRequests,
      jitter: maxRequestsJitter,
      countsOn: 'acceptance',
      // Its main loop sleeps for a second at a time. Source: ggevent.py, GeventWorker.run.
      inattention: isGevent ? fromSeconds(1) : millis(0),
      minLifetime: millis(0),
      maxLifetime: millis(0),
      // A sync worker has no deadline of its own (rule RELOAD-GUNI-04). The heart of gthread stops with its main loop, and
      // Python waits for its threads, so the arbiter's timeout ends it; gevent stops its requests by itself.
      mercy: isSync ? millis(0) : isGevent ? gracefulTimeout : timeout,
      afterMercy: isGevent ? 'gives-up' : 'is-killed',
      quits: workerClass === 'gthread' ? 'finishing' : 'at-once',
      watch: timeout === 0 ? null : { limit: timeout, of: isSync ? 'requests' : 'main-loop', because: 'timeout' },
      memory: anyMemory,
      evilMemory: anyMemory,
    },
    workers,
    preloads: preloadApp,
    gracefulTimeout,
    isDaemon: daemon,
  };
}

/** Sources: uWSGI 2.0, core/utils.c, uwsgi_close_request; core/master_checks.c; rules LIFE-UWSGI-*, SHUT-UWSGI-02. */
export function uwsgiTerms(deployment: UwsgiDeployment): WorkerTerms {
  const { master, maxRequests, minWorkerLifetime, maxWorkerLifetime, workerReloadMercy, harakiri } = deployment;
  return {
    kind: 'worker',
    threads: deployment.threads,
    allowance: maxRequests,
    jitter: 0,
    countsOn: 'completion',
    inattention: millis(0),
    minLifetime: minWorkerLifetime,
    // Deadlines are the master's, but for harakiri, which is then an alarm of the process itself.
    maxLifetime: master ? maxWorkerLifetime : millis(0),
    mercy: master ? workerReloadMercy : millis(0),
    afterMercy: 'is-killed',
    quits: 'at-once',
    watch: harakiri === 0 ? null : { limit: harakiri, of: 'requests', because: 'harakiri' },
    memory: { rss: deployment.reloadOnRss, as: deployment.reloadOnAs },
    evilMemory: master ? { rss: deployment.evilReloadOnRss, as: deployment.evilReloadOnAs } : anyMemory,
  };
}

/** Source: rules LIFE-UWSGI-06, SHUT-UWSGI-01. */
export const masterPlan = (deployment: UwsgiDeployment): MasterPlan => ({
  terms: uwsgiTerms(deployment),
  workers: deployment.cheaper?.initial ?? deployment.processes,
  preloads: !deployment.lazyApps && !deployment.lazy,
  deltas: { allowance: deployment.maxRequestsDelta, maxLifetime: deployment.maxWorkerLifetimeDelta },
  cheaper: deployment.cheaper?.algorithm === 'spare' ? deployment.cheaper : null,
  most: deployment.processes,
  dieOnTerm: deployment.dieOnTerm,
  isLazy: deployment.lazy,
  exitsOnReload: deployment.exitOnReload,
  forkbombDelay: deployment.forkbombDelay,
});

/** uWSGI without a master: the first process is the server itself. Source: uWSGI 2.0, core/uwsgi.c, uwsgi_run. */
export const masterlessPlan = (deployment: UwsgiDeployment): PoolPlan => ({
  terms: uwsgiTerms(deployment),
  workers: deployment.processes,
  preloads: !deployment.lazyApps && !deployment.lazy,
  deltas: { allowance: deployment.maxRequestsDelta, maxLifetime: millis(0) },
  replaces: false,
  reloadsOn: null,
  stopsOn: ['SIGTERM', 'SIGINT', 'SIGQUIT'],
  finishesFirstOn: ['SIGHUP'],
});

/** Of a plain server only what it says of itself is known. */
export const plainPlan = ({ processes, threads, promises }: PlainDeployment): PoolPlan => ({
  terms: {
    kind: 'worker',
    threads,
    allowance: 0,
    jitter: 0,
    countsOn: 'completion',
    inattention: millis(0),
    minLifetime: millis(0),
    maxLifetime: millis(0),
    mercy: millis(0),
    afterMercy: 'is-killed',
    quits: 'at-once',
    watch: null,
    memory: anyMemory,
    evilMemory: anyMemory,
  },
  workers: processes,
  preloads: false,
  replaces: promises.replacesProcesses,
  reloadsOn: promises.reloadsOn,
  stopsOn: ['SIGTERM', 'SIGINT', 'SIGQUIT'],
  finishesFirstOn: [],
});

/** What a worker of a server makes of a signal. */
export type WorkerResponse =
  /** Takes nothing more, finishes what it has, goes. */
  | 'finish'
  /** Goes at once, or as its terms say. */
  | 'quit'
  /** Ends with an error. */
  | 'abort'
  | 'ignore'
  | 'die';

/**
 * What a signal to one of the workers does to it.
 * Sources: gunicorn 20.1, workers/base.py, init_signals; uWSGI 2.0, core/uwsgi.c, "setup UNIX signals for the worker".
 */
export function workerResponse({ kind }: WorkerDeployment, signal: string): WorkerResponse {
  if (signal === 'SIGKILL') return 'die';
  switch (kind) {
    case 'gunicorn':
      return gunicornResponses[signal] ?? 'die';
    case 'uwsgi':
      return uwsgiResponses[signal] ?? 'die';
    case 'plain':
      return 'die';
    default:
      return assertNever(kind);
  }
}

const gunicornResponses: Readonly<Record<string, WorkerResponse>> = {
  SIGTERM: 'finish',
  SIGINT: 'quit',
  SIGQUIT: 'quit',
  SIGABRT: 'abort',
  SIGUSR1: 'ignore',
  SIGWINCH: 'ignore',
  // The handlers of the arbiter are still there, and queue the signal where nobody looks. Source: arbiter.py, signal.
  SIGTTIN: 'ignore',
  SIGTTOU: 'ignore',
};

const uwsgiResponses: Readonly<Record<string, WorkerResponse>> = {
  SIGHUP: 'finish',
  SIGINT: 'quit',
  SIGTERM: 'quit',
  SIGUSR1: 'ignore',
  SIGUSR2: 'ignore',
  // It wakes a worker that waits, for the master to tell it something. Source: core/master_utils.c, worker_wakeup.
  SIGWINCH: 'ignore',
};

/**
 * The status with which a worker ends whose application cannot be loaded; null is a worker that goes on and answers 500.
 * Sources: rules LIFE-GUNI-04, LIFE-UWSGI-07.
 */
export function statusOfFailedLoad(deployment: WorkerDeployment): number | null {
  switch (deployment.kind) {
    case 'gunicorn':
      return 3;
    case 'uwsgi':
      return deployment.needApp ? 22 : null;
    case 'plain':
      return 1;
    default:
      return assertNever(deployment);
  }
}

/** Why a reload that nobody asked for by a signal came about. */
export type TouchEnding = Extract<
  Ending,
  'touch-reload' | 'touch-workers-reload' | 'touch-chain-reload' | 'py-auto-reload' | 'reload'
>;

/** What a changed file leads to, where the server looks at it. Sources: rules RELOAD-UWSGI-01, RELOAD-UWSGI-03. */
export function onFileChange(deployment: WorkerDeployment, file: string, isScript: boolean): TouchEnding | null {
  if (deployment.kind === 'gunicorn') return deployment.reload && isScript ? 'reload' : null;
  if (deployment.kind !== 'uwsgi' || !deployment.master) return null;
  if (deployment.touchReload.includes(file)) return 'touch-reload';
  if (deployment.touchWorkersReload.includes(file)) return 'touch-workers-reload';
  if (deployment.touchChainReload.includes(file)) return 'touch-chain-reload';
  return deployment.pyAutoReload > 0 && isScript ? 'py-auto-reload' : null;
}
