/**
 * What a configuration of gunicorn means. It holds effective values: defaults and gunicorn's own corrections are applied.
 * Source: gunicorn's manual, Settings.
 */
import type { Millis } from '../vocabulary.ts';
import type { Listen } from './listen.ts';
import type { WorkerApplication } from './worker-application.ts';

export interface GunicornDeployment {
  readonly kind: 'gunicorn';
  readonly release: GunicornRelease;
  readonly listens: readonly Listen[];
  readonly application: WorkerApplication;
  /** The class that runs: `sync` with `threads` above 1 is `gthread`. Source: gunicorn, config.py, worker_class_str. */
  readonly workerClass: GunicornWorkerClass;
  /** The class that was asked for, where another one runs. */
  readonly requestedClass: GunicornWorkerClass;
  readonly workers: number;
  /** Threads that run requests in each worker; 1 for sync and gevent. */
  readonly threads: number;
  /** Requests a gevent worker runs at once, and connections a gthread worker keeps. */
  readonly workerConnections: number;
  readonly backlog: number;
  /** Requests after which a worker is replaced; 0 is never. Each worker adds up to `maxRequestsJitter` of its own. */
  readonly maxRequests: number;
  readonly maxRequestsJitter: number;
  /** How long a worker may keep silent before it is killed; 0 is for ever. */
  readonly timeout: Millis;
  readonly gracefulTimeout: Millis;
  /** How long a worker waits for the next request on a connection; 0 closes each. Sync workers close each in any case. */
  readonly keepAlive: Millis;
  /** Whether the arbiter imports the application before it forks. */
  readonly preloadApp: boolean;
  /** Whether workers watch the files they imported and restart when one changes. */
  readonly reload: boolean;
  readonly daemon: boolean;
  /** The directory the arbiter changes to before it imports; null is the one it was started in. */
  readonly chdir: string | null;
  readonly procName: string | null;
  /** Settings that are accepted and have no effect on the model, by name, as written. */
  readonly others: Readonly<Record<string, string>>;
}

/** The releases that behave differently: 20.1 (Debian 12) and the line of 26. */
export const gunicornReleases = ['20.1', '26.1'] as const;
export type GunicornRelease = (typeof gunicornReleases)[number];

export const gunicornWorkerClasses = ['sync', 'gthread', 'gevent'] as const;
export type GunicornWorkerClass = (typeof gunicornWorkerClasses)[number];
