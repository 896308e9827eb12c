/**
 * How an MPM's parent keeps spare threads, once a second. Sources: httpd 2.4, perform_idle_server_maintenance in
 * prefork.c, worker.c and event.c; rules MPM-IDLE-01 to MPM-IDLE-03.
 */
export interface Stock {
  /** Idle threads of all children that were not told to go; one still starting counts with all its threads. */
  readonly idleThreads: number;
  /** Children that were not told to go. */
  readonly children: number;
  readonly maxChildren: number;
  /** Places for further children: one that was told to go keeps its own until it is gone. */
  readonly freeSlots: number;
  /** Whether one more child may be told to go now. */
  readonly mayRetire: boolean;
}

/** What is carried from one round to the next. */
export interface Pace {
  /** Children that may be started at once. */
  readonly spawnRate: number;
  /** Rounds of starting in which that number does not grow. */
  readonly holdOff: number;
}

/** How many children to start or retire now, and the pace of the next round. */
export interface Maintenance extends Pace {
  readonly spawn: number;
  readonly retire: number;
}

export const firstPace: Pace = { spawnRate: 1, holdOff: 0 };

/**
 * After a graceful restart many children end at once and are replaced anyway. Source: httpd 2.4, prefork_run, worker_run
 * and event_run, `hold_off_on_exponential_spawning`.
 */
export const paceAfterGracefulRestart = ({ spawnRate }: Pace): Pace => ({ spawnRate, holdOff: 10 });

const maxSpawnRate = 32;

/** Decides one round. The rate doubles while the shortage lasts, and is 1 again after a round that starts nothing. */
export function maintainIdle(
  { idleThreads, children, maxChildren, freeSlots, mayRetire }: Stock,
  spare: { readonly min: number; readonly max: number },
  { spawnRate, holdOff }: Pace,
): Maintenance {
  if (idleThreads > spare.max && children > 1) return { spawn: 0, retire: mayRetire ? 1 : 0, spawnRate: 1, holdOff };
  const spawn = idleThreads < spare.min ? Math.min(spawnRate, maxChildren - children, freeSlots) : 0;
  if (spawn <= 0) return { spawn: 0, retire: 0, spawnRate: 1, holdOff };
  return holdOff > 0
    ? { spawn, retire: 0, spawnRate, holdOff: holdOff - 1 }
    : { spawn, retire: 0, spawnRate: Math.min(spawnRate * 2, maxSpawnRate), holdOff };
}
