/** What a deployment promises of the processes that run one application, whichever server it is. */
import type { Deployment } from '../deployment.ts';
import { type ChildPool, type DaemonGroup, processCount } from '../deployments/apache.ts';
import { assertNever, type ProcessGroupName } from '../vocabulary.ts';
import { workersOf } from '../workers.ts';
import { routeOf } from './configured.ts';
import { hasNoTimers } from './endings.ts';
import type { RequestHistory } from './histories.ts';
import type { Run } from './rule.ts';

export interface Hosting {
  /** Requests that one process runs at once; infinite where nobody said. */
  readonly threads: number;
  /** Whether each has a thread for itself meanwhile; coroutines take turns in one. */
  readonly hasThreadPerRequest: boolean;
  /** Processes that live at most, infinite where nobody said, beside those that only finish what they have after a restart. */
  readonly processes: number;
  /** How long, in ms, a request may take for certain, waiting included, before the server may give it up; 0 is not at all. */
  readonly patience: number;
  /** How many requests may wait for certain while every thread is busy. */
  readonly queue: number;
}

/** @param processGroup - Apache's own word for the place; any other server has one place only. */
export function hostingOf(deployment: Deployment, processGroup: ProcessGroupName | null): Hosting | null {
  switch (deployment.kind) {
    case 'apache': {
      if (processGroup === '') return ofChildren(deployment.children, deployment.limits.timeout);
      const group = deployment.daemons.find(({ name }) => name === processGroup);
      return group ? ofDaemons(group) : null;
    }
    case 'gunicorn': {
      const { workerClass, workers, timeout, gracefulTimeout, maxRequests, backlog } = deployment;
      return {
        threads: workersOf(deployment).threads,
        hasThreadPerRequest: workerClass !== 'gevent',
        processes: workers,
        // Only a sync worker gives no sign of life while it runs a request. Source: rules LIFE-GUNI-02 and LIFE-GUNI-03.
        patience: least(workerClass === 'sync' ? timeout : 0, maxRequests > 0 ? gracefulTimeout : 0),
        queue: backlog,
      };
    }
    case 'uwsgi': {
      const { threads, processes, harakiri, maxRequests, maxWorkerLifetime, workerReloadMercy } = deployment;
      const mayBeKilled = deployment.evilReloadOnAs > 0 || deployment.evilReloadOnRss > 0 || deployment.idle > 0;
      return {
        threads: workersOf(deployment).threads,
        hasThreadPerRequest: threads > 1 || deployment.async === 1,
        processes,
        // The clock of the master counts whole seconds. Source: uWSGI 2.0, core/master_checks.c.
        patience: mayBeKilled
          ? 0
          : least(
              harakiri > 0 ? Math.max(harakiri - 1000, 1) : 0,
              maxRequests > 0 || maxWorkerLifetime > 0 ? workerReloadMercy : 0,
            ),
        queue: deployment.listen,
      };
    }
    case 'plain': {
      const { threads, processes, promises } = deployment;
      return {
        threads: promises.countsThreads ? threads : Number.POSITIVE_INFINITY,
        hasThreadPerRequest: true,
        processes: promises.countsProcesses ? processes : Number.POSITIVE_INFINITY,
        patience: certainOfAny,
        queue: queueOfAny,
      };
    }
    default:
      return assertNever(deployment);
  }
}

/** The servers known to us give a silent connection ten seconds at least, and let five wait (wsgiref, cheroot). */
const certainOfAny = 10_000;
const queueOfAny = 5;

const ofChildren = (children: ChildPool, timeout: number): Hosting => ({
  threads: children.threadsPerChild,
  hasThreadPerRequest: true,
  processes: children.serverLimit,
  patience: children.maxConnectionsPerChild > 0 ? 0 : least(timeout),
  queue: children.listenBacklog,
});

const ofDaemons = (group: DaemonGroup): Hosting => ({
  threads: group.threads,
  hasThreadPerRequest: true,
  processes: processCount(group),
  patience:
    hasNoTimers(group) && group.maximumRequests === 0
      ? least(group.queueTimeout, group.connectTimeout, group.socketTimeout)
      : 0,
  // A request that waits for the group keeps a thread of an Apache child, of which there may be few.
  queue: 1,
});

/** The least of those that are set; infinite where none is. */
const least = (...timeouts: readonly number[]): number =>
  Math.min(Number.POSITIVE_INFINITY, ...timeouts.filter((timeout) => timeout > 0));

/** Where a request goes, in the words of {@link hostingOf}; undefined where no application answers. */
export function placeOf(run: Run, request: RequestHistory): ProcessGroupName | null | undefined {
  const { deployment, trace } = run;
  if (deployment.kind !== 'apache') return null;
  const to = routeOf({ deployment, trace }, request);
  return to.kind === 'application' ? to.mount.processGroup : undefined;
}
