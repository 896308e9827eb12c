/** Deployments of servers of workers for tests, with the servers' defaults, to which a test adds only what it is about. */
import { defaultGunicorn, defaultUwsgi } from '../../spec/deployments/defaults.ts';
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { UwsgiDeployment } from '../../spec/deployments/uwsgi.ts';
import type { WorkerApplication } from '../../spec/deployments/worker-application.ts';

/** `/srv/a.py` at every URL. */
export const anApplication = (options: Partial<WorkerApplication> = {}): WorkerApplication => ({
  url: '',
  script: '/srv/a.py',
  module: 'a',
  callable: 'application',
  ...options,
});

export const aGunicorn = (options: Partial<GunicornDeployment> = {}): GunicornDeployment => ({
  ...defaultGunicorn,
  application: anApplication(),
  requestedClass: options.workerClass ?? 'sync',
  ...options,
});

/** With a master, as most are run. */
export const aUwsgi = (options: Partial<UwsgiDeployment> = {}): UwsgiDeployment => ({
  ...defaultUwsgi,
  listens: [{ address: '127.0.0.1', port: 8000, protocol: 'http-socket' }],
  applications: [anApplication()],
  master: true,
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
