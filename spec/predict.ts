/**
 * What applications will see, worked out from a deployment alone: the flags, the processes and interpreters behind each
 * URL, who shares globals with whom, and what ends a process. Pure: nothing is started, nothing is asked of a machine
 * beyond what {@link RoutingWorld} offers.
 */
import {
  type ApacheDeployment,
  type ModWsgiRelease,
  type Mpm,
  maxChildren,
  processCount,
} from './deployments/apache.ts';
import type { GunicornRelease, GunicornWorkerClass } from './deployments/gunicorn.ts';
import type { UwsgiRelease } from './deployments/uwsgi.ts';
import { flagsOf } from './flags.ts';
import { endingsOf, type PredictedEnding } from './predict/endings.ts';
import { filesOf, type PredictedFiles } from './predict/files.ts';
import { type Sharing, sharingOf } from './predict/sharing.ts';
import { type Mount, mountName, mountsOf } from './routing/mounts.ts';
import type { RefusalReason, Route, RoutingWorld } from './routing/route.ts';
import { type Gil, gilOf } from './serving/gil.ts';
import type { ApplicationGroup, ProcessGroupName } from './vocabulary.ts';

/** The shape of `explain --json` without its diagnostics; programs rely on it. */
export interface Prediction<Server extends PredictedServer = PredictedServer> {
  readonly server: Server;
  /** Every URL that can be asked, once for each host and port it is reached by. */
  readonly mounts: readonly PredictedMount[];
  /** Aliases whose URLs only a client knows: nothing can be said of them before a request comes. */
  readonly patterns: readonly PatternAlias[];
  /** What the server answers with files of its own. */
  readonly files: readonly PredictedFiles[];
  /** One entry for each pair of mounts. */
  readonly sharing: readonly Sharing[];
  readonly endings: readonly PredictedEnding[];
}

export type ApachePrediction = Prediction<PredictedApache>;

/** `version` is the line of the server whose sources the prediction follows. */
export type PredictedServer = PredictedApache | PredictedGunicorn | PredictedUwsgi;

export interface PredictedApache {
  readonly kind: 'apache';
  readonly version: '2.4';
  readonly mpm: Mpm;
  readonly modWsgi: ModWsgiRelease;
}

export interface PredictedGunicorn {
  readonly kind: 'gunicorn';
  readonly version: GunicornRelease;
  /** The class that runs, which need not be the one that was asked for. */
  readonly workerClass: GunicornWorkerClass;
}

export interface PredictedUwsgi {
  readonly kind: 'uwsgi';
  readonly version: UwsgiRelease;
}

/** What happens to a request for one URL. */
export interface PredictedMount {
  /** A name for the Host header that reaches the mount. */
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** The file that answers. */
  readonly script: string;
  readonly callable: string;
  /** `worker` is a worker of gunicorn or uWSGI. */
  readonly mode: 'embedded' | 'daemon' | 'worker';
  /** `''` is embedded mode, as in `mod_wsgi.process_group`; the workers of a server have no name either. */
  readonly processGroup: ProcessGroupName;
  /** `''` is the main interpreter, as in `mod_wsgi.application_group`. */
  readonly applicationGroup: ApplicationGroup;
  /** How many processes there are at least and at most; `configured` is what `processes=`, `workers` or `processes` says, or null. */
  readonly processes: { readonly min: number; readonly max: number; readonly configured: number | null };
  /** Threads in each process. */
  readonly threads: number;
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
  readonly scriptReloading: boolean;
  /** The global interpreter lock its requests run under, if the Python that runs them can. */
  readonly gil: Gil;
  /** When the script is first executed in a process. */
  readonly loads: Loads;
  /** Who answers. Unless it is the application there are no processes and threads to speak of, and the flags are false. */
  readonly answer: Answer;
  /** Scripts that aliases further down name for this URL; they never run here. */
  readonly neverRuns: readonly string[];
}

/** `before-fork`: once, in the parent, and every process gets a copy. */
export const loads = ['first-request', 'process-start', 'before-fork'] as const;
export type Loads = (typeof loads)[number];

export type Answer =
  | { readonly kind: 'application' }
  /** Apache answers with an error of its own. */
  | { readonly kind: 'refused'; readonly status: 403 | 404 | 500; readonly why: RefusalReason }
  /** The group has no thread that takes requests: the client waits for the socket timeout and then gets this status. */
  | { readonly kind: 'unanswered'; readonly status: 504 };

export interface PatternAlias {
  readonly host: string;
  readonly port: number;
  /** The regular expression. */
  readonly url: string;
  /** The script as written, `$1` included. */
  readonly script: string;
}

/** Predicts one deployment of Apache; {@link file://./predict/workers.ts} is for servers of workers. Mounts keep the order of {@link mountsOf}. */
export function predict(deployment: ApacheDeployment, world: RoutingWorld = {}): ApachePrediction {
  const found = mountsOf(deployment, world);
  const mounts = distinct(found).map((mount) => predictMount(deployment, mount));
  return {
    server: { kind: 'apache', version: '2.4', mpm: deployment.server.mpm, modWsgi: deployment.server.modWsgi },
    mounts,
    patterns: found
      .filter((mount) => mount.address === null)
      .map(({ host, port, url, alias }) => ({ host, port, url, script: alias.script })),
    files: filesOf(deployment, world),
    sharing: sharingOf(mounts),
    endings: endingsOf(deployment, mounts),
  };
}

/** A mount that has an address, with the scripts of others that have the same name. */
interface Answered {
  readonly mount: Mount;
  readonly route: Exclude<Route, { kind: 'unmapped' }>;
  readonly neverRuns: readonly string[];
}

/** One entry for each URL: a client cannot tell an alias from another that stands in front of it. */
function distinct(mounts: readonly Mount[]): readonly Answered[] {
  const byName = new Map<string, Answered>();
  for (const mount of mounts) {
    if (mount.route === null || mount.route.kind === 'unmapped') continue;
    const name = mountName(mount);
    const known = byName.get(name);
    const { route } = mount;
    const hidden = mount.shadowed && mount.alias.script !== route.mount.script ? [mount.alias.script] : [];
    const neverRuns = [...new Set([...(known?.neverRuns ?? []), ...hidden])];
    byName.set(name, known ? { ...known, neverRuns } : { mount, route, neverRuns });
  }
  return [...byName.values()];
}

function predictMount(deployment: ApacheDeployment, { mount, route, neverRuns }: Answered): PredictedMount {
  const { script, callable, processGroup, applicationGroup, scriptReloading } = route.mount;
  const answer = answerOf(deployment, route);
  return {
    host: mount.host,
    port: mount.port,
    url: mount.url,
    script,
    callable,
    mode: processGroup === '' ? 'embedded' : 'daemon',
    processGroup,
    applicationGroup,
    ...(answer.kind === 'application' ? poolOf(deployment, processGroup) : nobody),
    ...((answer.kind === 'application' ? flagsOf(deployment, processGroup) : null) ?? noFlags),
    scriptReloading,
    gil: gilOf(deployment.surroundings.gil, processGroup, applicationGroup),
    loads: isPreloaded(deployment, route.mount) ? 'process-start' : 'first-request',
    answer,
    neverRuns,
  };
}

const nobody: Pick<PredictedMount, 'processes' | 'threads'> = {
  processes: { min: 0, max: 0, configured: null },
  threads: 0,
};
const noFlags = { multithread: false, multiprocess: false, runOnce: false };

function answerOf(deployment: ApacheDeployment, route: Answered['route']): Answer {
  if (route.kind === 'refused') return { kind: 'refused', status: route.status, why: route.why };
  // Source: mod_wsgi 4.9.4, wsgi_daemon_main: with threads=0 nobody accepts on the group's socket; rule CONF-DAEMON-03.
  const group = deployment.daemons.find((daemon) => daemon.name === route.mount.processGroup);
  return group?.threads === 0 ? { kind: 'unanswered', status: 504 } : { kind: 'application' };
}

/**
 * How many processes and threads stand behind a process group; `''` is the Apache children.
 * Sources: rules CONF-DAEMON-02 (a daemon process group keeps its number) and MPM-IDLE-* (the children follow the load).
 */
function poolOf(
  deployment: ApacheDeployment,
  processGroup: ProcessGroupName,
): Pick<PredictedMount, 'processes' | 'threads'> {
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  if (group) {
    const count = processCount(group);
    return { processes: { min: count, max: count, configured: group.processes }, threads: group.threads };
  }
  const { children } = deployment;
  const max = maxChildren(children);
  const spare = Math.ceil(children.spare.min / children.threadsPerChild);
  const min = Math.max(1, Math.min(children.startServers, spare, max));
  return { processes: { min, max, configured: null }, threads: children.threadsPerChild };
}

/** Whether the script is executed when a process starts, in this very interpreter. Source: rules CONF-ALIAS-02, CONF-IMPORT-01. */
const isPreloaded = (
  deployment: ApacheDeployment,
  at: { readonly script: string; readonly processGroup: string; readonly applicationGroup: string },
): boolean =>
  deployment.preloads.some(
    (preload) =>
      preload.script === at.script &&
      preload.processGroup === at.processGroup &&
      withoutGlobal(preload.applicationGroup) === at.applicationGroup,
  );

const withoutGlobal = (group: string): string => (group === '%{GLOBAL}' ? '' : group);
