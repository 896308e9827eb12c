/**
 * How many workers uWSGI's master starts or stops for the load, once in a cycle of about a second.
 * Sources: uWSGI 2.0, core/master_utils.c, uwsgi_cheaper_algo_spare and uwsgi_calc_cheaper; rule LIFE-UWSGI-06.
 */
import type { UwsgiCheaper } from '../deployments/uwsgi.ts';

/** What the master sees of its workers. */
export interface Load {
  /** Workers there are. */
  readonly active: number;
  /** Those that run a request. */
  readonly busy: number;
  /** Places that no process has. */
  readonly vacant: number;
}

/** What it carries from one cycle to the next. */
export interface CheaperCounts {
  /** Cycles in which all were busy, less those in which one was not. */
  readonly overload: number;
  /** Cycles without overload, and with more to spare than one. */
  readonly idle: number;
}

/** What it does in this one. */
export interface CheaperRound extends CheaperCounts {
  readonly start: number;
  /** Whether the oldest worker that runs no request is to go. */
  readonly stop: boolean;
}

export const firstCounts: CheaperCounts = { overload: 0, idle: 0 };

export function cheaperRound(
  { active, busy, vacant }: Load,
  cheaper: UwsgiCheaper,
  before: CheaperCounts,
): CheaperRound {
  const isOverloaded = busy === active;
  const overload = isOverloaded ? before.overload + 1 : Math.max(0, before.overload - 1);
  const idle = isOverloaded ? 0 : before.idle;
  if (overload > cheaper.overload)
    return { overload: 0, idle, start: Math.min(Math.max(1, cheaper.step), vacant), stop: false };
  // One to spare is what it is after.
  if (overload > 0 || active - busy === 1) return { overload, idle, start: 0, stop: false };
  const longer = idle + 1;
  return {
    overload,
    idle: longer,
    start: 0,
    stop: active > cheaper.min && longer % Math.max(1, cheaper.overload) === 0 && active > busy,
  };
}
