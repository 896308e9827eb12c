/**
 * Deployments as the servers are when no option is given; what has no default (names, applications, addresses) is left
 * out. Sources: the defaults in `spec/options`, which the readers of configurations take; their tests hold both together.
 */

import { plainGroup } from '../serving/surroundings.ts';
import { fromSeconds, millis } from '../vocabulary.ts';
import type { DaemonGroup } from './apache.ts';
import type { GunicornDeployment } from './gunicorn.ts';
import type { UwsgiDeployment } from './uwsgi.ts';

const off = millis(0);

/** A daemon process group of mod_wsgi 4.9: one process of 15 threads. */
export const defaultGroup: Omit<DaemonGroup, 'name' | 'host'> = {
  processes: null,
  threads: 15,
  maximumRequests: 0,
  restartInterval: off,
  inactivityTimeout: off,
  requestTimeout: off,
  interruptTimeout: off,
  gracefulTimeout: fromSeconds(15),
  evictionTimeout: off,
  shutdownTimeout: fromSeconds(5),
  deadlockTimeout: fromSeconds(300),
  startupTimeout: off,
  queueTimeout: off,
  connectTimeout: fromSeconds(15),
  socketTimeout: off,
  cpuTimeLimit: off,
  listenBacklog: 100,
  headerBufferSize: 0,
  ...plainGroup,
  others: {},
};

export const defaultGunicorn: Omit<GunicornDeployment, 'application'> = {
  kind: 'gunicorn',
  release: '20.1',
  listens: [{ address: '127.0.0.1', port: 8000 }],
  workerClass: 'sync',
  requestedClass: 'sync',
  workers: 1,
  threads: 1,
  workerConnections: 1000,
  backlog: 2048,
  maxRequests: 0,
  maxRequestsJitter: 0,
  timeout: fromSeconds(30),
  gracefulTimeout: fromSeconds(30),
  keepAlive: fromSeconds(2),
  preloadApp: false,
  reload: false,
  daemon: false,
  chdir: null,
  procName: null,
  others: {},
};

export const defaultUwsgi: Omit<UwsgiDeployment, 'listens' | 'applications'> = {
  kind: 'uwsgi',
  release: '2.0.21',
  noDefaultApp: false,
  master: false,
  processes: 1,
  threads: 1,
  async: 1,
  enableThreads: false,
  lazyApps: false,
  lazy: false,
  singleInterpreter: false,
  needApp: false,
  maxRequests: 0,
  maxRequestsDelta: 0,
  minWorkerLifetime: fromSeconds(10),
  maxWorkerLifetime: off,
  maxWorkerLifetimeDelta: off,
  reloadOnRss: 0,
  reloadOnAs: 0,
  evilReloadOnRss: 0,
  evilReloadOnAs: 0,
  harakiri: off,
  harakiriGracefulTimeout: off,
  cheaper: null,
  cheap: false,
  idle: off,
  dieOnIdle: false,
  workerReloadMercy: fromSeconds(60),
  reloadMercy: off,
  dieOnTerm: false,
  exitOnReload: false,
  forkbombDelay: fromSeconds(2),
  touchReload: [],
  touchWorkersReload: [],
  touchChainReload: [],
  pyAutoReload: off,
  listen: 100,
  manageScriptName: false,
  chdir: null,
  procName: null,
  others: {},
};
