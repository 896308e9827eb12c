/** gunicorn as a world. Its log tells which processes are workers, and what the arbiter has heard. */
import type { Deployment } from '../../spec/deployment.ts';
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { ServerSignal } from '../../spec/trace.ts';
import { toSeconds } from '../../spec/vocabulary.ts';
import type { World } from '../../spec/world.ts';
import { deployedAs } from './deployed-as.ts';
import type { Launch } from './process-family.ts';
import {
  commandLineOf,
  type Following,
  pythonEnvironment,
  type RunningServer,
  type WorkerPlace,
  type WorkerServer,
  type WorkerWorldOptions,
  workerWorld,
} from './worker-server.ts';

export interface FoundGunicorn {
  /** A Python that can import it. */
  readonly python: string;
  readonly version: string;
}

export const gunicornWorld = (found: FoundGunicorn, options: WorkerWorldOptions = {}): World =>
  workerWorld(gunicorn(found), options);

/** As a user would start it. */
export const gunicornCommandLine = ({ python }: FoundGunicorn, deployment: Deployment): string =>
  commandLineOf((place) => launch(python, accept(deployment), place));

const gunicorn = ({ python, version }: FoundGunicorn): WorkerServer<GunicornDeployment> => ({
  name: `gunicorn-${version}`,
  accept,
  launch: (deployment, place) => launch(python, deployment, place),
  stopping: { signal: 'SIGTERM', grace: 0, isNudged: true },
  follow: (deployment, running) => new GunicornLog(deployment, running),
});

function accept(given: Deployment): GunicornDeployment {
  const deployment = deployedAs('gunicorn', given, 'gunicorn');
  if (deployment.daemon) throw new RangeError('gunicorn in the background cannot be followed: daemon');
  if (deployment.application.module === null) throw new RangeError('gunicorn imports a module, and this is a file');
  return deployment;
}

/** Source: gunicorn's manual, Settings; all of these are known to every release from 20.1 on. */
function launch(python: string, deployment: GunicornDeployment, place: WorkerPlace): Launch {
  const { application, requestedClass, preloadApp, reload, chdir, procName } = deployment;
  const options: Readonly<Record<string, string | number>> = {
    'worker-class': requestedClass,
    workers: deployment.workers,
    threads: deployment.threads,
    'worker-connections': deployment.workerConnections,
    backlog: deployment.backlog,
    'max-requests': deployment.maxRequests,
    'max-requests-jitter': deployment.maxRequestsJitter,
    timeout: Math.ceil(toSeconds(deployment.timeout)),
    'graceful-timeout': Math.ceil(toSeconds(deployment.gracefulTimeout)),
    'keep-alive': Math.ceil(toSeconds(deployment.keepAlive)),
    ...(chdir === null ? {} : { chdir: place.files.moved(chdir) }),
    ...(procName === null ? {} : { name: procName }),
    // What the log is read for.
    'log-level': 'info',
  };
  return {
    program: python,
    parameters: [
      ...['-m', 'gunicorn'],
      ...deployment.listens.flatMap((listen) => ['--bind', place.at(listen)]),
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]),
      ...(preloadApp ? ['--preload'] : []),
      ...(reload ? ['--reload'] : []),
      `${application.module}:${application.callable}`,
    ],
    environment: pythonEnvironment(place, [place.files.importedFrom(application)]),
    directory: place.folder,
  };
}

/** How long what a signal means may take, in ms, beyond what the deployment itself allows. */
const patience = 10_000;

/** How long a worker that was told to go keeps a restart from being over, in ms: it may be busy with a request that is held. */
const farewell = 1_000;

class GunicornLog implements Following {
  readonly #deployment: GunicornDeployment;
  readonly #running: RunningServer;
  #wanted: number;
  #booted = 0;
  #handled = 0;

  constructor(deployment: GunicornDeployment, running: RunningServer) {
    this.#deployment = deployment;
    this.#running = running;
    this.#wanted = deployment.workers;
  }

  /** Source: gunicorn, arbiter.py, spawn_worker and run. */
  heard(line: string): void {
    const booting = /Booting worker with pid: (\d+)/.exec(line);
    if (booting) {
      this.#booted++;
      this.#running.watch.appeared(Number(booting[1]));
    }
    if (line.includes('Handling signal: ')) this.#handled++;
  }

  isReady(): boolean {
    return this.#booted >= this.#wanted;
  }

  keeps(): number {
    return this.#wanted;
  }

  /** Source: gunicorn's manual, Signal Handling; arbiter.py, the methods handle_*. */
  async signal(signal: ServerSignal, aborted: AbortSignal): Promise<void> {
    const { family, watch } = this.#running;
    if (family.hasEnded) return;
    const limit = patience + this.#deployment.gracefulTimeout;
    const [bootedBefore, handledBefore, before] = [this.#booted, this.#handled, new Set(watch.alive.keys())];
    const until = (holds: () => boolean, atMost: number = limit): Promise<boolean> =>
      watch.until(() => family.hasEnded || holds(), atMost, aborted);
    family.signal(signal);
    switch (signal) {
      case 'SIGTERM':
      case 'SIGINT':
      case 'SIGQUIT':
        await until(() => false);
        return;
      case 'SIGHUP':
        this.#wanted = this.#deployment.workers;
        await until(() => this.#booted >= bootedBefore + this.#wanted);
        await until(() => ![...before].some((mark) => watch.alive.has(mark)), farewell);
        return;
      case 'SIGUSR2':
        // A second arbiter with workers of its own.
        await until(() => this.#booted >= bootedBefore + this.#deployment.workers);
        return;
      case 'SIGTTIN':
        this.#wanted++;
        await until(() => this.#booted > bootedBefore);
        return;
      case 'SIGTTOU': {
        this.#wanted = Math.max(1, this.#wanted - 1);
        await until(() => this.#handled > handledBefore);
        await until(() => watch.alive.size <= this.#wanted, farewell);
        return;
      }
      case 'SIGUSR1':
      case 'SIGWINCH':
        await until(() => this.#handled > handledBefore);
    }
  }
}
