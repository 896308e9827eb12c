/** How many requests may be held on a mount at once, so that every held one gets in, and soon. */
import { type ApacheDeployment, maxChildren, processCount } from '../../spec/deployments/apache.ts';
import type { ProcessGroupName } from '../../spec/vocabulary.ts';

/** The most requests that situations hold at once: enough to see every process of most groups, few enough to be quick. */
export const mostHeld = 40;

/** Children that a server may be made to start beside those of its start: it may start them one a second. */
const growth = 3;

/** The room of one process group of one deployment. */
export interface Room {
  /** Requests that can certainly be held together, at most {@link mostHeld}. */
  readonly holdable: number;
  /** How many of these get in for certain one after the other; from then on one may have to wait in a full child. */
  readonly sure: number;
  /** Whether so many fill the group, so that one more must wait. */
  readonly isFilled: boolean;
  /** Requests that can be held while others are answered beside them. */
  readonly spare: number;
}

/**
 * Every request needs a thread of an Apache child, and one for a daemon process a thread there as well. Children that
 * end after a number of connections end while they carry held requests: then no more than one is held, and nothing is
 * asked beside it.
 */
export function roomOf(deployment: ApacheDeployment, processGroup: ProcessGroupName): Room {
  const { children } = deployment;
  const group = deployment.daemons.find((daemon) => daemon.name === processGroup);
  const workers = maxChildren(children) * children.threadsPerChild;
  const started = Math.min(workers, children.startServers * children.threadsPerChild);
  const reachable = Math.min(workers, started + growth);
  const threads = group ? processCount(group) * group.threads : workers;
  if (children.maxConnectionsPerChild > 0)
    return { holdable: Math.min(1, threads), sure: 1, isFilled: threads === 1 || workers === 1, spare: 0 };
  // Under event a child whose threads are all busy may still accept a connection, although another child is idle; that
  // cannot happen while fewer are held than one child has threads. Probed with httpd 2.4.71.
  const certain = deployment.server.mpm === 'event' ? children.threadsPerChild : reachable;
  const capacity = Math.min(threads, workers);
  const holdable = Math.min(capacity, reachable, mostHeld);
  return {
    holdable,
    sure: Math.min(holdable, certain),
    isFilled: holdable === capacity,
    spare: Math.max(0, Math.min(threads, reachable, certain, mostHeld + 1) - 1),
  };
}
