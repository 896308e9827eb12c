/** Makes a failing run short: leaves out steps as long as what is left still fails. Source: Zeller and Hildebrandt, ddmin. */
import type { Step } from '../../spec/scenario.ts';
import type { RequestId } from '../../spec/vocabulary.ts';
import { requestsOf } from './history.ts';

/**
 * @param fails - Runs the steps and says whether they still show it.
 * @param mayGoOn - Asked before each run: the search ends where it says no.
 * @returns The shortest steps found that fail, which may be all of them.
 */
export async function shortest(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<readonly Step[]> {
  let best = steps;
  let parts = 2;
  while (best.length > 1 && parts <= best.length) {
    const size = Math.ceil(best.length / parts);
    let smaller: readonly Step[] | null = null;
    for (let from = 0; from < best.length && smaller === null; from += size) {
      if (!mayGoOn()) return best;
      const rest = withoutOrphans([...best.slice(0, from), ...best.slice(from + size)]);
      if (rest.length > 0 && rest.length < best.length && (await fails(rest))) smaller = rest;
    }
    if (smaller) {
      best = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(best.length, parts * 2);
  }
  return best;
}

/** Steps that speak of requests that are no longer sent say less, or nothing. */
export function withoutOrphans(steps: readonly Step[]): readonly Step[] {
  const sent = new Set<RequestId>(steps.flatMap((step) => ('to' in step ? [step.request] : [])));
  return steps.flatMap((step): readonly Step[] => {
    if ('to' in step) return [step];
    if (step.do === 'release') {
      const requests = step.requests.filter((request) => sent.has(request));
      return requests.length > 0 ? [{ ...step, requests }] : [];
    }
    return requestsOf(step).every((request) => sent.has(request)) ? [step] : [];
  });
}
