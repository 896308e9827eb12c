/** What a server process is started with, as its deployment says. */
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import { flagsOf, poolSize } from '../../../spec/flags.ts';
import { gilOf, isFreeThreaded } from '../../../spec/serving/gil.ts';
import type { ApplicationGroup, ProcessGroupName, ProcessId, Signal } from '../../../spec/vocabulary.ts';
import { modWsgiVersions } from './mod-wsgi-version.ts';
import { type ProcessSurroundings, processSurroundings } from './process-surroundings.ts';

/** What the Python side of a worker is told beside what any process is. */
export interface WorkerHost {
  /** `sys.argv[0]` */
  readonly program: string;
  /** The name of each script's module; where it is not the user's own file, nothing of the user's is imported with it. */
  readonly modules: Readonly<Record<string, { readonly name: string; readonly isOwn: boolean }>>;
  /** Signals that the supervisor hears of, and those that do nothing; others do what the system does by default. */
  readonly signals: { readonly told: readonly Signal[]; readonly ignored: readonly Signal[] };
}

/** What a process is started with. */
export interface HostSettings {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  /** What it is beside its task: account, directory, limits, Python's own settings. */
  readonly surroundings: ProcessSurroundings;
  readonly threads: number;
  /** Requests (daemon) or connections (child) after which the process has had enough; 0 is never. */
  readonly maximumRequests: number;
  /** Whether an idle connection keeps a thread of a child: under prefork and worker. */
  readonly serveWholeConnections: boolean;
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
  /** Whether SIGHUP does nothing to it: it has the handler of the Apache parent. Source: rule SHUT-SIG-02. */
  readonly outlivesHangup: boolean;
  readonly maximumProcesses: number;
  /** `mod_wsgi.version` */
  readonly version: readonly number[];
  /** Whether exit handlers run at the end, and threads are waited for. */
  readonly destroyInterpreter: boolean;
  /** Whether it runs without a global interpreter lock, if its Python can. */
  readonly isFreeThreaded: boolean;
  /** Whether an interpreter has a lock of its own, if its Python can give it one. */
  readonly hasOwnGil: (applicationGroup: ApplicationGroup) => boolean;
  /** What makes it a worker; null is a process of mod_wsgi. */
  readonly worker: WorkerHost | null;
  /** Scripts to load before the process takes requests, with the interpreter of each. */
  readonly preloads: readonly {
    readonly applicationGroup: ApplicationGroup;
    readonly script: string;
    readonly file: string;
  }[];
}

/** What every process of a gateway has in common. */
interface Surroundings {
  readonly deployment: ApacheDeployment;
  /** The Python of every group without a `python-home`. */
  readonly python: string;
  /** Files that stand for scripts. */
  readonly fileOf: (script: string) => string;
  /** Whether the server is still being started. */
  readonly isServerStarting: boolean;
}

export function hostSettings(
  process: ProcessId,
  processGroup: ProcessGroupName,
  { deployment, python, fileOf, isServerStarting }: Surroundings,
): HostSettings {
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  const size = poolSize(deployment, processGroup) ?? { processes: 1, threads: 1 };
  return {
    process,
    processGroup,
    surroundings: processSurroundings(deployment, processGroup, python),
    threads: size.threads,
    maximumRequests: group?.maximumRequests ?? deployment.children.maxConnectionsPerChild,
    serveWholeConnections: deployment.server.mpm !== 'event',
    ...(flagsOf(deployment, processGroup) ?? { multithread: false, multiprocess: false, runOnce: false }),
    outlivesHangup: !isServerStarting,
    maximumProcesses: size.processes,
    version: modWsgiVersions[deployment.server.modWsgi],
    destroyInterpreter: deployment.surroundings.destroyInterpreter,
    isFreeThreaded: isFreeThreaded(deployment.surroundings.gil, processGroup),
    hasOwnGil: (applicationGroup) => gilOf(deployment.surroundings.gil, processGroup, applicationGroup) === 'own',
    worker: null,
    preloads: deployment.preloads
      .filter((preload) => preload.processGroup === processGroup)
      .map((preload) => ({
        applicationGroup: preload.applicationGroup === '%{GLOBAL}' ? '' : preload.applicationGroup,
        script: preload.script,
        file: fileOf(preload.script),
      })),
  };
}
