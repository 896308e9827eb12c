/** How long requests were inside an application. */
import type { Entry } from '../histories.ts';

/** For so long it certainly was, in ms; 0 where it was neither held nor lost. */
export function insideFor({ request, seq }: Entry): number {
  const entered = request.observed.find((event) => event.seq === seq);
  const end = request.released ?? request.outcome;
  return entered && end && end.seq > seq
    ? Math.max(0, Math.min(end.at, request.outcome?.at ?? end.at) - entered.at)
    : 0;
}
