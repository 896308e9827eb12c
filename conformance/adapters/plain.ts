/** Servers of one process, which is the server itself: waitress, cheroot, werkzeug and wsgiref, as worlds. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '../../spec/deployment.ts';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { ServerSignal } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { deployedAs, onOnePort } from './deployed-as.ts';
import { type PlainServer, readyLine, runnerOf } from './plain-runners.ts';
import type { Launch } from './process-family.ts';
import {
  type Following,
  pythonEnvironment,
  type RunningServer,
  type WorkerPlace,
  type WorkerServer,
  type WorkerWorldOptions,
  workerWorld,
} from './worker-server.ts';

export interface FoundPlain {
  readonly server: PlainServer;
  /** A Python that can import it. */
  readonly python: string;
  readonly version: string;
}

export const plainWorld = (found: FoundPlain, options: WorkerWorldOptions = {}): World =>
  workerWorld(plain(found), options);

const plain = (found: FoundPlain): WorkerServer<PlainDeployment> => ({
  name: `${found.server}-${found.version}`,
  accept: (deployment) => accept(found.server, deployment),
  launch: (deployment, place) => launch(found, deployment, place),
  stopping: { signal: 'SIGKILL', grace: 0, isNudged: true },
  follow: (_, running) => new PlainLog(running),
});

function accept(server: PlainServer, given: Deployment): PlainDeployment {
  const deployment = onOnePort(deployedAs('plain', given, server), server);
  if (deployment.processes !== 1) throw new RangeError(`${server} has one process here, not ${deployment.processes}`);
  if (deployment.application.module === null) throw new RangeError(`${server} is given a module here, not a file`);
  return deployment;
}

async function launch(
  { server, python }: FoundPlain,
  deployment: PlainDeployment,
  place: WorkerPlace,
): Promise<Launch> {
  const { application, listens, threads } = deployment;
  const runner = join(place.folder, 'run.py');
  await writeFile(runner, runnerOf(server));
  const [listen] = listens;
  const [host = '', port = ''] = listen ? place.at(listen).split(':') : [];
  return {
    program: python,
    parameters: [runner, host, port, `${threads}`, application.module ?? '', application.callable],
    environment: pythonEnvironment(place, [place.files.importedFrom(application)]),
    directory: place.folder,
  };
}

/** How long a signal is given to end the server, in ms; it does not say what it makes of one. */
const farewell = 1_000;

class PlainLog implements Following {
  readonly #running: RunningServer;
  #isReady = false;

  constructor(running: RunningServer) {
    this.#running = running;
  }

  heard(line: string): void {
    if (line === readyLine) this.#isReady = true;
  }

  candidates(): readonly number[] {
    return [this.#running.family.pid];
  }

  isReady(): boolean {
    return this.#isReady;
  }

  keeps(): null {
    return null;
  }

  async signal(signal: ServerSignal, aborted: AbortSignal): Promise<void> {
    const { family, watch } = this.#running;
    family.signal(signal);
    await watch.until(() => family.hasEnded, farewell, aborted);
  }
}
