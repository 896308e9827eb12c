/** What a worker is started with, as its deployment says. */
import { basename, resolve } from 'node:path';
import { applicationsOf, type WorkerDeployment } from '../../../spec/deployment.ts';
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import { type WorkerTerms, workerResponse } from '../../../spec/machines/worker-terms.ts';
import { interpreterOf } from '../../../spec/routing/worker-route.ts';
import { type ProcessId, type Signal, signals } from '../../../spec/vocabulary.ts';
import { workersOf } from '../../../spec/workers.ts';
import type { HostSettings, WorkerHost } from '../processes/host-settings.ts';
import type { ProcessSurroundings } from '../processes/process-surroundings.ts';

/**
 * The most threads of a worker: requests that gevent runs in greenlets have threads here, and a thousand of them are no
 * small thing.
 */
export const mostThreads = 64;

interface Surroundings {
  readonly deployment: WorkerDeployment;
  readonly python: string;
  /** Files that stand for scripts. */
  readonly fileOf: (script: string) => string;
  /** The directory that the server is started in. */
  readonly folder: string;
}

export function workerHostSettings(
  process: ProcessId,
  terms: WorkerTerms,
  { deployment, python, fileOf, folder }: Surroundings,
): HostSettings {
  const { flags, processes } = workersOf(deployment);
  return {
    process,
    processGroup: '',
    surroundings: workerSurroundings(deployment, python, folder),
    threads: Math.min(terms.threads, mostThreads),
    // Counted here where requests count when they are over; as they come in, the supervisor counts.
    maximumRequests: terms.countsOn === 'completion' ? terms.allowance : 0,
    serveWholeConnections: true,
    ...flags,
    maximumProcesses: processes.max,
    version: [0, 0, 0],
    destroyInterpreter: true,
    outlivesHangup: false,
    isFreeThreaded: false,
    hasOwnGil: () => false,
    worker: workerHost(deployment, fileOf),
    preloads: applicationsOf(deployment).map((application) => ({
      applicationGroup: interpreterOf(deployment, application),
      script: application.script,
      file: fileOf(application.script),
    })),
  };
}

/** What a worker is beside its task: it begins where the configuration says, or here, and finds modules there. */
export const workerSurroundings = (
  deployment: WorkerDeployment,
  python: string,
  folder: string,
): ProcessSurroundings => ({
  python,
  pythonOptions: [],
  environment: environment(),
  given: {
    isDaemon: false,
    title: null,
    user: null,
    group: null,
    supplementaryGroups: null,
    hasOwnUser: false,
    umask: null,
    home: (deployment.kind === 'plain' ? null : deployment.chdir) ?? folder,
    priority: 0,
    limits: [],
    locale: null,
    stackSize: null,
    pythonPath: [...new Set(applicationsOf(deployment).map(rootOf))],
    pythonEggs: null,
    hashSeed: null,
    restrictStdin: false,
    restrictStdout: false,
    restrictSignal: false,
  },
});

/** The folder in which an application's module was found: `/srv` of `/srv/shop/wsgi.py` for `shop.wsgi`. */
function rootOf({ script, module }: WorkerApplication): string {
  const depth = module === null ? 1 : module.split('.').length + (basename(script) === '__init__.py' ? 1 : 0);
  return resolve(script, ...Array<string>(depth).fill('..'));
}

export const workerHost = (deployment: WorkerDeployment, fileOf: (script: string) => string): WorkerHost => ({
  program: deployment.kind === 'plain' ? deployment.server : deployment.kind,
  modules: modulesOf(deployment, fileOf),
  signals: signalsOf(deployment),
});

function modulesOf(deployment: WorkerDeployment, fileOf: (script: string) => string): WorkerHost['modules'] {
  const modules: Record<string, WorkerHost['modules'][string]> = {};
  for (const { script, module } of applicationsOf(deployment))
    modules[script] = { name: module ?? '__main__', isOwn: fileOf(script) === script };
  return modules;
}

function signalsOf(deployment: WorkerDeployment): WorkerHost['signals'] {
  const told: Signal[] = [];
  const ignored: Signal[] = [];
  for (const signal of signals) {
    if (signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT') continue;
    const response = workerResponse(deployment, signal);
    if (response === 'ignore') ignored.push(signal);
    else if (response !== 'die') told.push(signal);
  }
  return { told, ignored };
}

/** What npm and this program were told is none of the applications' business. */
const environment = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(globalThis.process.env).flatMap(([name, value]) =>
      value === undefined || /^(?:npm_|wsgiscope_)/i.test(name) ? [] : [[name, value]],
    ),
  );
