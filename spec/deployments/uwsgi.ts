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
  /** A request for a URL of no application gets 404 or 500, instead of going to the first one loaded without a prefix of its own. */
  readonly noDefaultApp: boolean;
  /** Without a master nobody replaces a worker that ended. */
  readonly master: boolean;
  readonly processes: number;
  readonly threads: number;
  /** Requests that one thread has in hand by turns, which only an application written for it bears; 1 is off. */
  readonly async: number;
  /** Whether threads of the application run while no request does. `threads` above 1 sets it. */
  readonly enableThreads: boolean;
  /** Load the application in each worker after the fork, not once before it. */
  readonly lazyApps: boolean;
  /** The old `lazy`: as `lazyApps`, and a reload only restarts the workers. */
  readonly lazy: boolean;
  readonly singleInterpreter: boolean;
  /** Exit where no application could be loaded, instead of answering 500. */
  readonly needApp: boolean;
  /** Requests after which a worker is replaced, if it is at least `minWorkerLifetime` old; 0 is never. */
  readonly maxRequests: number;
  /** What the second worker has on top of `maxRequests`, the third twice, and so on. From 2.0.29; 0 before. */
  readonly maxRequestsDelta: number;
  readonly minWorkerLifetime: Millis;
  /** 0 is for ever. */
  readonly maxWorkerLifetime: Millis;
  /** What the second worker has on top of `maxWorkerLifetime`, the third twice, and so on. */
  readonly maxWorkerLifetimeDelta: Millis;
  /** Memory after which a worker is replaced at the end of a request, in megabytes; 0 is any amount. */
  readonly reloadOnRss: number;
  readonly reloadOnAs: number;
  /** The same, killed by the master whatever it is doing. */
  readonly evilReloadOnRss: number;
  readonly evilReloadOnAs: number;
  /** How long a request may take before the master kills its worker; 0 is for ever. */
  readonly harakiri: Millis;
  /** What a worker over its `harakiri` is given to end by itself. From 2.0.22; 0 is nothing. */
  readonly harakiriGracefulTimeout: Millis;
  /** The number of workers follows the load; null keeps it at `processes`. */
  readonly cheaper: UwsgiCheaper | null;
  /** No worker until the first connection comes. */
  readonly cheap: boolean;
  /** Without a request for so long all workers end, until the next connection comes; 0 is never. */
  readonly idle: Millis;
  /** The whole server ends instead. */
  readonly dieOnIdle: boolean;
  /** How long a worker told to go may take before it is killed. */
  readonly workerReloadMercy: Millis;
  /** How long a reload waits for the Emperor and for attached daemons, of which nothing is modelled; 0 is 3 seconds. Workers have their own. */
  readonly reloadMercy: Millis;
  /** SIGTERM stops, and SIGQUIT reloads. Without it the other way round, in 2.0. */
  readonly dieOnTerm: boolean;
  /** What would reload the server ends it. */
  readonly exitOnReload: boolean;
  /** How long the master waits when workers die as fast as they are started. */
  readonly forkbombDelay: Millis;
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

/** Where it listens on TCP: its workers speak HTTP themselves, a router in front of them does, or they speak another protocol. */
export interface UwsgiListen extends Listen {
  readonly protocol: 'http-socket' | 'http11-socket' | 'http' | 'uwsgi' | 'other';
}

/** Source: uWSGI's manual, The uWSGI cheaper subsystem. */
export interface UwsgiCheaper {
  /** `spare` unless said otherwise; others are plugins, or are told what to do from outside (`manual`). */
  readonly algorithm: string;
  /** Workers that always live. */
  readonly min: number;
  readonly initial: number;
  readonly step: number;
  /** Cycles of about a second during which all must have been busy. */
  readonly overload: number;
}

/** Whether a worker may have as much memory as it likes. */
export const hasAnyMemory = (deployment: UwsgiDeployment): boolean =>
  deployment.reloadOnRss === 0 &&
  deployment.reloadOnAs === 0 &&
  deployment.evilReloadOnRss === 0 &&
  deployment.evilReloadOnAs === 0;

/** The releases that behave differently: 2.0.21 (Debian 12), and the line from 2.0.27 on, which always has threads enabled. */
export const uwsgiReleases = ['2.0.21', '2.0.30'] as const;
export type UwsgiRelease = (typeof uwsgiReleases)[number];
