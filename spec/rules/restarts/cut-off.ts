/** Whether what is still in progress when the server has been told to end is cut off when its patience is over, and not before. */
import { outcomeOf, type RequestHistory, seqsOf } from '../histories.ts';
import type { Objection } from '../rule.ts';
import type { Done } from './server-signals.ts';

/** From the first SIGTERM to SIGKILL, in ms. Source: httpd 2.4, mpm_unix.c, ap_reclaim_child_processes. */
export const toTheKill = 9000;
/** Enough for a server that looks once a second, on a machine that does much else. In ms. */
const lateness = 8000;
/** A time is rounded to whole milliseconds wherever it is written down. */
const rounding = 2;

/** Nobody let it go before the server had to cut it off. */
export const isHeldOver = ({ released }: RequestHistory, told: Done, patience: number): boolean =>
  released === null || released.at > told.at + patience + lateness;

/** @param what - What it was told, as `a graceful stop`. */
export function cutOffInTime(request: RequestHistory, told: Done, patience: number, what: string): Objection | null {
  const { outcome, released } = request;
  const after = patience === 0 ? `at once after ${what}` : `${patience / 1000} s after ${what}`;
  if (outcome?.kind !== 'request.failed' || (released !== null && outcome.seq > released.seq))
    return { says: `${request.id} was not cut off ${after}: it ${outcomeOf(request)}`, seqs: seqsOf(request) };
  return outcome.at < told.since + patience - rounding
    ? { says: `${request.id} was cut off sooner than ${after}`, seqs: [told.seq, ...seqsOf(request)] }
    : null;
}
