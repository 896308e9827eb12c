/**
 * How an MPM's parent keeps spare threads, once a second. Sources: httpd 2.4, perform_idle_server_maintenance in
 * prefork.c, worker.c and event.c; rules MPM-IDLE-01 to MPM-IDLE-03.
 */
export interface Stock {
  /** Idle threads of all live children; a child still starting counts with all its threads. */
  readonly idleThreads: number;
  readonly children: number;
  readonly threadsPerChild: number;
  readonly maxChildren: number;
}

/** How many children to start or retire now, and how many may be started at once the next time. */
export interface Maintenance {
  readonly spawn: number;
  readonly retire: number;
  readonly spawnRate: number;
}

const maxSpawnRate = 32;

/** Decides one round. `spawnRate` is that of the round before, 1 at first: it doubles while the shortage lasts. */
export function maintainIdle(
  stock: Stock,
  spare: { readonly min: number; readonly max: number },
  spawnRate: number,
): Maintenance {
  if (stock.idleThreads > spare.max && stock.children > 1) return { spawn: 0, retire: 1, spawnRate: 1 };
  if (stock.idleThreads >= spare.min) return { spawn: 0, retire: 0, spawnRate: 1 };
  const spawn = Math.min(spawnRate, stock.maxChildren - stock.children);
  if (spawn <= 0) return { spawn: 0, retire: 0, spawnRate: 1 };
  return { spawn, retire: 0, spawnRate: Math.min(spawnRate * 2, maxSpawnRate) };
}
