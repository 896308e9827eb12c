/** Any server that can be started by a command line, as a world. What it is beyond that only its user can say. */
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import type { ServerSignal } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { type CommandLine, filled } from './command-line.ts';
import { deployedAs, onOnePort } from './deployed-as.ts';
import { FamilyLeaves } from './family-leaves.ts';
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

export interface NamedCommand {
  /** How reports name it. */
  readonly name: string;
  readonly commandLine: CommandLine;
  /** The variables of whoever names the command: it may need more of them than a server of our own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const commandWorld = (command: NamedCommand, options: WorkerWorldOptions = {}): World =>
  workerWorld(commanded(command), options);

const commanded = (command: NamedCommand): WorkerServer<PlainDeployment> => ({
  name: command.name,
  accept: (deployment) => onOnePort(deployedAs('plain', deployment, command.name), command.name),
  launch: (deployment, place) => launch(command, deployment, place),
  stopping: { signal: 'SIGTERM', grace: 0, isNudged: true },
  follow: (deployment, running) => new CommandLook(deployment, running),
});

function launch({ commandLine, environment }: NamedCommand, deployment: PlainDeployment, place: WorkerPlace): Launch {
  const { application, listens, processes, threads } = deployment;
  const bind = listens[0] ? place.at(listens[0]) : '';
  const [host = '', port = ''] = bind.split(':');
  const importedFrom = place.files.importedFrom(application);
  const [program, ...parameters] = filled(commandLine, {
    bind,
    host,
    port,
    processes: `${processes}`,
    threads: `${threads}`,
    module: application.module ?? '',
    callable: application.callable,
    script: place.files.moved(application.script),
    folder: place.folder,
  });
  const { PYTHONPATH: theirs, ...rest } = environment;
  const given = Object.entries(rest).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { PATH: _, HOME: __, ...ours } = pythonEnvironment(place, [importedFrom, ...(theirs ? [theirs] : [])]);
  return { program, parameters, environment: { ...Object.fromEntries(given), ...ours } };
}

/** How long a reload, and an end, may take, in ms. */
const patience = { reload: 5_000, end: 10_000 } as const;
/** How long a server that may ignore a signal is given to end by it, in ms. */
const farewell = 1_000;
/** How long a server that takes connections may take to have all its processes, in ms. */
const gathering = 2_000;

class CommandLook implements Following {
  readonly #deployment: PlainDeployment;
  readonly #running: RunningServer;
  readonly #leaves: FamilyLeaves;
  #listeningSince: number | null = null;

  constructor(deployment: PlainDeployment, running: RunningServer) {
    this.#deployment = deployment;
    this.#running = running;
    this.#leaves = new FamilyLeaves(running.family.pid);
  }

  /** What it writes has no meaning that is known here. */
  heard(): void {}

  candidates(): readonly number[] {
    return this.#leaves.look();
  }

  /** It takes connections and has as many processes as it was told, or takes them for so long that it will have no more. */
  async isReady(): Promise<boolean> {
    const present = this.#leaves.look().length;
    if (this.#listeningSince === null && !(await this.#running.isListening())) return false;
    this.#listeningSince ??= performance.now();
    return (
      (present >= this.#deployment.processes && present > 0) || performance.now() - this.#listeningSince > gathering
    );
  }

  keeps(): number | null {
    return this.#deployment.promises.replacesProcesses ? this.#deployment.processes : null;
  }

  async signal(signal: ServerSignal, aborted: AbortSignal): Promise<void> {
    const { family, watch } = this.#running;
    const before = [...watch.alive.keys()];
    family.signal(signal);
    if (signal === this.#deployment.promises.reloadsOn) {
      const isRenewed = (): boolean =>
        !before.some((mark) => watch.alive.has(mark)) && watch.alive.size >= this.#deployment.processes;
      await watch.until(() => family.hasEnded || isRenewed(), patience.reload, aborted);
      return;
    }
    const ends = signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGQUIT';
    await watch.until(() => family.hasEnded, ends ? patience.end : farewell, aborted);
  }
}
