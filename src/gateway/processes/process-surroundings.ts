/** What a process of a group is given, as `python/surroundings.py` takes it and as it is started with. */
import type { ApacheDeployment, DaemonGroup } from '../../../spec/deployments/apache.ts';
import { shownTitle } from '../../../spec/serving/surroundings.ts';
import { type ProcessGroupName, toSeconds } from '../../../spec/vocabulary.ts';
import { pythonOfHome } from './python.ts';

/** One resource limit, by its name in Python's module `resource`. */
export type ResourceLimit = readonly [name: string, soft: number, hard: number];

/** What the process does with itself. */
export interface GivenToProcess {
  readonly isDaemon: boolean;
  readonly title: string | null;
  /** As written; only root can obey. */
  readonly user: string | null;
  readonly group: string | null;
  readonly supplementaryGroups: string | null;
  /** Whether the user is another one than that of the Apache children: the process then begins in that user's home. */
  readonly hasOwnUser: boolean;
  readonly umask: number | null;
  readonly home: string | null;
  readonly priority: number;
  readonly limits: readonly ResourceLimit[];
  readonly locale: string | null;
  /** Bytes of the stack of a request thread; null is the system's own. */
  readonly stackSize: number | null;
  readonly pythonPath: readonly string[];
  readonly pythonEggs: string | null;
  readonly hashSeed: string | null;
  readonly restrictStdin: boolean;
  readonly restrictStdout: boolean;
  readonly restrictSignal: boolean;
}

export interface ProcessSurroundings {
  /** The Python that is started, and its own options. */
  readonly python: string;
  readonly pythonOptions: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly given: GivenToProcess;
}

/**
 * @param processGroup - `''` is embedded mode.
 * @param python - Where the configuration names no home of Python.
 * @param environment - The server's own.
 */
export function processSurroundings(
  deployment: ApacheDeployment,
  processGroup: ProcessGroupName,
  python: string,
  environment: NodeJS.ProcessEnv = process.env,
): ProcessSurroundings {
  const { surroundings: server } = deployment;
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  const pythonHome = pythonHomeOf(deployment, group);
  const isLocalized = group !== undefined && (group.lang !== null || group.locale !== null);
  return {
    python: pythonHome === null ? python : pythonOfHome(pythonHome),
    pythonOptions: [
      ...(server.pythonOptimize > 0 ? [`-${'O'.repeat(Math.min(server.pythonOptimize, 2))}`] : []),
      ...(server.dontWriteBytecode ? ['-B'] : []),
      ...server.pythonWarnings.map((filter) => `-W${filter}`),
      // A Python inside a server takes the locale as it is. Source: CPython, PyPreConfig, the compatible configuration.
      ...(isLocalized ? ['-X', 'utf8=0'] : []),
    ],
    environment: {
      ...ofServer(environment),
      ...(server.pythonHashSeed === null ? {} : { PYTHONHASHSEED: server.pythonHashSeed }),
      ...(isLocalized ? { PYTHONCOERCECLOCALE: '0' } : {}),
      ...(group && group.lang !== null ? { LANG: group.lang } : {}),
      ...(group && group.locale !== null ? { LC_ALL: group.locale } : {}),
    },
    given: {
      isDaemon: group !== undefined,
      title: group ? shownTitle(group) : null,
      user: group?.user ?? server.user,
      group: group?.group ?? server.group,
      supplementaryGroups: group?.supplementaryGroups ?? null,
      hasOwnUser: group !== undefined && group.user !== null && group.user !== server.user,
      umask: group && group.umask !== null ? Number.parseInt(group.umask.trim(), 8) & 0o777 : null,
      home: group?.home ?? null,
      priority: group?.cpuPriority ?? 0,
      limits: group ? limitsOf(group) : [],
      locale: group?.locale ?? null,
      stackSize: group?.stackSize ?? null,
      pythonPath: (group ? group.pythonPath : server.pythonPath)?.split(':') ?? [],
      pythonEggs: group ? group.pythonEggs : server.pythonEggs,
      hashSeed: server.pythonHashSeed,
      restrictStdin: server.restrictStdin,
      restrictStdout: server.restrictStdout,
      // A process without request threads runs a service, which may handle signals. Source: newInterpreterObject.
      restrictSignal: server.restrictSignal && group?.threads !== 0,
    },
  };
}

/** A Python that began in the parent is everybody's. Source: mod_wsgi 4.9.4, `wsgi_python_init`, WSGILazyInitialization. */
const pythonHomeOf = ({ surroundings }: ApacheDeployment, group: DaemonGroup | undefined): string | null =>
  (surroundings.lazyInitialization ? group?.pythonHome : null) ?? surroundings.pythonHome;

/** The soft limit of processor time asks the process to go, the hard one kills it. Source: mod_wsgi 4.9.4, `wsgi_start_process`. */
const limitsOf = (group: DaemonGroup): readonly ResourceLimit[] => {
  const { memoryLimit, virtualMemoryLimit } = group;
  const processorTime = toSeconds(group.cpuTimeLimit);
  return [
    ...(processorTime > 0
      ? [['RLIMIT_CPU', processorTime, processorTime + 1 + toSeconds(group.shutdownTimeout)] as const]
      : []),
    ...(memoryLimit > 0 ? [['RLIMIT_DATA', memoryLimit, memoryLimit] as const] : []),
    ...(virtualMemoryLimit > 0 ? [['RLIMIT_AS', virtualMemoryLimit, virtualMemoryLimit] as const] : []),
  ];
};

/** What npm and this program were told is none of the applications' business. */
export const ofServer = (environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || /^(?:npm_|wsgiscope_)/i.test(name) ? [] : [[name, value]],
    ),
  );
