/** What a server process is started with, as its deployment says. */
import type { DaemonGroup, Deployment } from '../../spec/deployment.ts';
import { flagsOf, poolSize } from '../../spec/flags.ts';
import { gilOf, isFreeThreaded } from '../../spec/gil.ts';
import { type ApplicationGroup, type ProcessGroupName, type ProcessId, toSeconds } from '../../spec/vocabulary.ts';
import { modWsgiVersions } from './mod-wsgi-version.ts';
import { pythonOfHome } from './python.ts';

/** What a process is started with. */
export interface HostSettings {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly python: string;
  readonly threads: number;
  /** Requests (daemon) or connections (child) after which the process has had enough; 0 is never. */
  readonly maximumRequests: number;
  /** Whether an idle connection keeps a thread of a child: under prefork and worker. */
  readonly serveWholeConnections: boolean;
  readonly workingDirectory: string | null;
  readonly pythonPath: readonly string[];
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
  readonly maximumProcesses: number;
  /** `mod_wsgi.version` */
  readonly version: readonly number[];
  /** Limits on its processor time in seconds; null is no limit. */
  readonly processorTime: { readonly soft: number; readonly hard: number } | null;
  /** Whether exit handlers run at the end, and threads are waited for. */
  readonly destroyInterpreter: boolean;
  /** Whether it runs without a global interpreter lock, if its Python can. */
  readonly isFreeThreaded: boolean;
  /** Whether an interpreter has a lock of its own, if its Python can give it one. */
  readonly hasOwnGil: (applicationGroup: ApplicationGroup) => boolean;
  /** Scripts to load before the process takes requests, with the interpreter of each. */
  readonly preloads: readonly {
    readonly applicationGroup: ApplicationGroup;
    readonly script: string;
    readonly file: string;
  }[];
}

/** What every process of a gateway has in common. */
interface Surroundings {
  readonly deployment: Deployment;
  /** The Python of every group without a `python-home`. */
  readonly python: string;
  /** Files that stand for scripts. */
  readonly fileOf: (script: string) => string;
}

export function hostSettings(
  process: ProcessId,
  processGroup: ProcessGroupName,
  { deployment, python, fileOf }: Surroundings,
): HostSettings {
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  const size = poolSize(deployment, processGroup) ?? { processes: 1, threads: 1 };
  return {
    process,
    processGroup,
    python: group?.pythonHome ? pythonOfHome(group.pythonHome) : python,
    threads: size.threads,
    maximumRequests: group?.maximumRequests ?? deployment.children.maxConnectionsPerChild,
    serveWholeConnections: deployment.server.mpm !== 'event',
    workingDirectory: group?.home ?? null,
    pythonPath: group?.pythonPath?.split(':') ?? [],
    ...(flagsOf(deployment, processGroup) ?? { multithread: false, multiprocess: false, runOnce: false }),
    maximumProcesses: size.processes,
    version: modWsgiVersions[deployment.server.modWsgi],
    processorTime: group && group.cpuTimeLimit > 0 ? processorTime(group) : null,
    destroyInterpreter: deployment.surroundings.destroyInterpreter,
    isFreeThreaded: isFreeThreaded(deployment.surroundings.gil, processGroup),
    hasOwnGil: (applicationGroup) => gilOf(deployment.surroundings.gil, processGroup, applicationGroup) === 'own',
    preloads: deployment.preloads
      .filter((preload) => preload.processGroup === processGroup)
      .map((preload) => ({
        applicationGroup: preload.applicationGroup === '%{GLOBAL}' ? '' : preload.applicationGroup,
        script: preload.script,
        file: fileOf(preload.script),
      })),
  };
}

/** The soft limit asks the process to go, the hard one kills it. Source: mod_wsgi 4.9.4, wsgi_start_process. */
const processorTime = ({ cpuTimeLimit, shutdownTimeout }: DaemonGroup) => ({
  soft: toSeconds(cpuTimeLimit),
  hard: toSeconds(cpuTimeLimit) + 1 + toSeconds(shutdownTimeout),
});
