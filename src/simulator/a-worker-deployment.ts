/** Deployments of servers of workers for tests, with the servers' defaults, to which a test adds only what it is about. */
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { UwsgiDeployment } from '../../spec/deployments/uwsgi.ts';
import type { WorkerApplication } from '../../spec/deployments/worker-application.ts';
import { fromSeconds, millis } from '../../spec/vocabulary.ts';

const off = millis(0);

/** `/srv/a.py` at every URL. */
export const anApplication = (options: Partial<WorkerApplication> = {}): WorkerApplication => ({
  url: '',
  script: '/srv/a.py',
  module: 'a',
  callable: 'application',
  ...options,
});

export const aGunicorn = (options: Partial<GunicornDeployment> = {}): GunicornDeployment => ({
  kind: 'gunicorn',
  release: '20.1',
  listens: [{ address: '127.0.0.1', port: 8000 }],
  application: anApplication(),
  workerClass: 'sync',
  requestedClass: options.workerClass ?? 'sync',
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
  ...options,
});

/** With a master, as most are run. */
export const aUwsgi = (options: Partial<UwsgiDeployment> = {}): UwsgiDeployment => ({
  kind: 'uwsgi',
  release: '2.0.21',
  listens: [{ address: '127.0.0.1', port: 8000, protocol: 'http-socket' }],
  applications: [anApplication()],
  noDefaultApp: false,
  master: true,
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
  ...options,
});

export const aPlainServer = (options: Partial<PlainDeployment> = {}): PlainDeployment => ({
  kind: 'plain',
  server: 'waitress',
  listens: [{ address: '127.0.0.1', port: 8000 }],
  application: anApplication(),
  processes: 1,
  threads: 4,
  promises: { countsProcesses: true, countsThreads: true, replacesProcesses: false, reloadsOn: null },
  ...options,
});
