/** What threads that an application started in a worker of uWSGI may do while no request is there. */
import type { UwsgiDeployment } from '../deployments/uwsgi.ts';

/**
 * Whether a worker that waits for a request lets Python's global lock go. From 2.0.27 threads are always enabled.
 * Sources: uWSGI 2.0.26, core/uwsgi.c, and 2.0.27, core/init.c, sanitize_args; rule LIFE-UWSGI-10.
 */
export const releasesTheLockWhileIdle = ({
  release,
  enableThreads,
  threads,
}: Pick<UwsgiDeployment, 'release' | 'enableThreads' | 'threads'>): boolean =>
  enableThreads || threads > 1 || release === '2.0.30';
