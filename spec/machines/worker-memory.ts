/**
 * Which worker has grown too large. One that ends by itself looks when a request is over; a master looks about once a
 * second, at what the worker had when its last request was over.
 * Sources: uWSGI 2.0, core/utils.c, uwsgi_close_request; core/master_checks.c, uwsgi_master_check_workers_deadline.
 */

/** In megabytes; 0 is any amount. */
export interface MemoryLimits {
  readonly rss: number;
  readonly as: number;
}

/** What a process has, in megabytes. */
export type Memory = MemoryLimits;

/** The limit that it has reached; null where it has reached none. */
export function outgrown(has: Memory, limits: MemoryLimits): 'reload-on-as' | 'reload-on-rss' | null {
  if (limits.as > 0 && has.as >= limits.as) return 'reload-on-as';
  return limits.rss > 0 && has.rss >= limits.rss ? 'reload-on-rss' : null;
}
