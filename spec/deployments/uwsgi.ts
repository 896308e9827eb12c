/**
 * What a configuration of uWSGI means. It holds effective values: defaults and uWSGI's own corrections are applied.
 * Source: uWSGI's manual, Options; core/uwsgi.c.
 */
import type { Millis } from '../vocabulary.ts';
import type { Listen } from './listen.ts';
import type { WorkerApplication } from './worker-application.ts';

export interface UwsgiDeployment {
  readonly kind: 'uwsgi';
  readonly release: UwsgiRelease;
  readonly listens: readonly UwsgiListen[];
  /** In the order loaded: the first uses the main interpreter, each further one a new one unless `singleInterpreter`. */
  readonly applications: readonly [WorkerApplication, ...WorkerApplication[]];
  /** Without a master nobody replaces a worker that ended. */
  readonly master: boolean;
  readonly processes: number;
  readonly threads: number;
  /** Whether threads of the application run while no request does. `threads` above 1 sets it. */
  readonly enableThreads: boolean;
  /** Load the application in each worker after the fork, not once before it. */
  readonly lazyApps: boolean;
  readonly singleInterpreter: boolean;
  /** Exit where no application could be loaded, instead of answering 500. */
  readonly needApp: boolean;
  /** Requests after which a worker is replaced, if it is at least `minWorkerLifetime` old; 0 is never. */
  readonly maxRequests: number;
  readonly minWorkerLifetime: Millis;
  /** 0 is for ever. */
  readonly maxWorkerLifetime: Millis;
  /** How long a request may take before the master kills its worker; 0 is for ever. */
  readonly harakiri: Millis;
  /** The number of workers follows the load; null keeps it at `processes`. */
  readonly cheaper: UwsgiCheaper | null;
  /** How long a worker told to go may take before it is killed. */
  readonly workerReloadMercy: Millis;
  /** SIGTERM stops, and SIGQUIT reloads. Without it the other way round, in 2.0. */
  readonly dieOnTerm: boolean;
  /** Files whose newer time reloads the server, restarts its workers, or restarts them one after the other. */
  readonly touchReload: readonly string[];
  readonly touchWorkersReload: readonly string[];
  readonly touchChainReload: readonly string[];
  /** Seconds between two looks at the imported modules; 0 is never. */
  readonly pyAutoReload: Millis;
  /** The depth of the listening socket's queue. */
  readonly listen: number;
  readonly manageScriptName: boolean;
  readonly chdir: string | null;
  readonly procName: string | null;
  /** Options that are accepted and have no effect on the model, by name, as written. */
  readonly others: Readonly<Record<string, string>>;
}

/** Where it listens: its workers speak HTTP themselves, a router in front of them does, or they speak uwsgi. */
export interface UwsgiListen extends Listen {
  readonly protocol: 'http-socket' | 'http11-socket' | 'http' | 'uwsgi';
}

/** Source: uWSGI's manual, The uWSGI cheaper subsystem. */
export interface UwsgiCheaper {
  /** Workers that always live. */
  readonly min: number;
  readonly initial: number;
  readonly step: number;
  /** Cycles of about a second during which all must have been busy. */
  readonly overload: number;
}

export const uwsgiReleases = ['2.0'] as const;
export type UwsgiRelease = (typeof uwsgiReleases)[number];
