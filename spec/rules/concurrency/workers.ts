/** How many requests all Apache children together can have in progress. */
import { type ChildPool, maxChildren } from '../../deployments/apache.ts';

/** Source: httpd 2.4, worker.c and event.c: MaxRequestWorkers, rounded down to whole children and capped by ServerLimit. */
export const workersOf = (pool: ChildPool): number => maxChildren(pool) * pool.threadsPerChild;
