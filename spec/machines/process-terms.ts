/** On what terms a server process lives: the part of a deployment that its lifecycle machine needs. Durations of 0 are off. */
import {
  type ApacheDeployment,
  type ChildPool,
  type DaemonGroup,
  type ModWsgiRelease,
  type Mpm,
  maxChildren,
  processCount,
} from '../deployments/apache.ts';
import { fromSeconds, type Millis, millis, type ProcessGroupName } from '../vocabulary.ts';
import { isMonitored, type WatchTerms, watchTerms } from './process-monitor.ts';

export interface ProcessTerms {
  /** `child` speaks HTTP and runs embedded applications; `daemon` belongs to a WSGIDaemonProcess. */
  readonly kind: 'child' | 'daemon';
  readonly threads: number;
  /** Requests (daemon) or connections (child) after which it ends. */
  readonly allowance: number;
  /** Whether a monitor enforces deadlines: the graceful wait has no end without it. */
  readonly isMonitored: boolean;
  /** The deadlines the monitor watches; null where there is none. */
  readonly watch: WatchTerms | null;
  readonly restartInterval: Millis;
  readonly gracefulTimeout: Millis;
  readonly evictionTimeout: Millis;
  readonly shutdownTimeout: Millis;
  /** From the server's SIGTERM to its SIGKILL. */
  readonly terminationTimeout: Millis;
}

/** How many processes a group keeps. */
export interface GroupSize {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  /** Places in the scoreboard, where processes that were told to go need some beside `max`; absent is `max`. */
  readonly slots?: number;
}

/** One group of equal processes: a daemon process group, or the Apache children. */
export interface GroupPlan {
  readonly processGroup: ProcessGroupName;
  readonly terms: ProcessTerms;
  readonly size: GroupSize;
  /** Bounds on idle threads that make the number of processes follow the load; null keeps it fixed. */
  readonly spareThreads: { readonly min: number; readonly max: number } | null;
  /** The MPM whose children these are; absent is a daemon process group. */
  readonly mpm?: Mpm;
  /** The longest pause between processes that end before they are ready; absent is Apache's, a second. In ms. */
  readonly longestPause?: Millis;
}

/** Source: mod_wsgi 4.9.4, wsgi_add_daemon_process; Apache's kill after 3 s: apr_pools.c, `APR_KILL_AFTER_TIMEOUT`. */
export const daemonPlan = (group: DaemonGroup, release: ModWsgiRelease): GroupPlan => ({
  processGroup: group.name,
  terms: {
    kind: 'daemon',
    threads: group.threads,
    allowance: group.maximumRequests,
    isMonitored: isMonitored(group),
    watch: watchTerms(group, release),
    restartInterval: isMonitored(group) ? group.restartInterval : millis(0),
    gracefulTimeout: group.gracefulTimeout,
    evictionTimeout: group.evictionTimeout,
    shutdownTimeout: group.shutdownTimeout,
    terminationTimeout: fromSeconds(3),
  },
  size: { start: processCount(group), min: processCount(group), max: processCount(group) },
  spareThreads: null,
});

/** How long after it was told to go a child is killed. Source: httpd 2.4, mpm_unix.c, ap_reclaim_child_processes. */
export const termination = fromSeconds(9);

/** Source: httpd 2.4, the MPMs. */
export const childPlan = (pool: ChildPool, mpm: Mpm): GroupPlan => ({
  processGroup: '',
  terms: {
    kind: 'child',
    threads: pool.threadsPerChild,
    allowance: pool.maxConnectionsPerChild,
    isMonitored: false,
    watch: null,
    restartInterval: millis(0),
    gracefulTimeout: millis(0),
    evictionTimeout: millis(0),
    shutdownTimeout: millis(0),
    terminationTimeout: termination,
  },
  size: {
    start: Math.min(pool.startServers, maxChildren(pool)),
    min: 1,
    max: maxChildren(pool),
    // Event has as many places as ServerLimit, whatever MaxRequestWorkers. Source: httpd 2.4, event.c, `active_daemons_limit`.
    ...(mpm === 'event' && { slots: pool.serverLimit }),
  },
  spareThreads: pool.spare,
  mpm,
});

/** Every group of processes a deployment runs: the children first, then the daemon groups in the order configured. */
export const groupPlans = (deployment: ApacheDeployment): readonly GroupPlan[] => [
  childPlan(deployment.children, deployment.server.mpm),
  ...deployment.daemons.map((group) => daemonPlan(group, deployment.server.modWsgi)),
];

/** A group that the configuration no longer has: its processes go and none follows. */
export const withoutProcesses = (plan: GroupPlan): GroupPlan => ({
  ...plan,
  size: { start: 0, min: 0, max: 0 },
  spareThreads: null,
});
