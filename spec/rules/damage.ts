/** Scripts that were broken on purpose: what requests for them come to is the script's fault. */
import { type Act, eventsOf, type Trace } from '../trace.ts';
import { routeOf } from './configured.ts';
import type { RequestHistory } from './histories.ts';
import type { ApacheRun } from './rule.ts';

/** The script whose file an act changes; null for an act on something else. */
export const scriptChangedBy = (act: Act): string | null =>
  act.kind === 'touch' || act.kind === 'mend' || act.kind === 'stall' || isDamage(act) ? act.script : null;

const isDamage = (act: Act): act is Extract<Act, { readonly kind: 'break' | 'ruin' }> =>
  act.kind === 'break' || act.kind === 'ruin';

/** Whether the request's script raised or ended its process, if it was executed, at some time while the request was under way. */
export function isDamaged(run: ApacheRun, request: RequestHistory): boolean {
  const to = routeOf(run, request);
  if (to.kind !== 'application') return false;
  const acts = eventsOf(run.trace, 'act.performed').filter(({ act }) => scriptChangedBy(act) === to.mount.script);
  const before = acts.findLast(({ seq, act }) => seq < request.sent.seq && act.kind !== 'touch');
  if (before && isDamage(before.act)) return true;
  const end = request.outcome?.seq ?? Number.POSITIVE_INFINITY;
  return acts.some(({ seq, act }) => isDamage(act) && seq > request.sent.seq && seq < end);
}

/** Whether some script raised, if it was executed, when event `seq` happened. */
export function hasBroken(trace: Trace, seq: number): boolean {
  const broken = new Set<string>();
  for (const event of eventsOf(trace, 'act.performed')) {
    if (event.seq >= seq) break;
    if (isDamage(event.act)) broken.add(event.act.script);
    if (event.act.kind === 'mend') broken.delete(event.act.script);
  }
  return broken.size > 0;
}
