/** What happened around each touch of a script: who had loaded it before, and who asked for it next. */
import { processCount } from '../../deployments/apache.ts';
import type { Mark } from '../../trace.ts';
import { type MountedEntry, mounted, routeOf } from '../configured.ts';
import { isCalm } from '../endings.ts';
import { entriesOf, type RequestHistory, requestHistories, residenceOf } from '../histories.ts';
import type { ApacheRun } from '../rule.ts';

export interface Touch {
  readonly seq: number;
  readonly script: string;
}

/** Every touch of a script, in order. */
export const touchesOf = (run: ApacheRun): readonly Touch[] =>
  run.trace.flatMap((event) =>
    event.kind === 'act.performed' && event.act.kind === 'touch' ? [{ seq: event.seq, script: event.act.script }] : [],
  );

/** The entries into a script before a touch, last ones first: who had which loading of it. */
export const loadedBefore = (entries: readonly MountedEntry[], touch: Touch): readonly MountedEntry[] =>
  entries.filter((entry) => entry.mount.script === touch.script && entry.seq < touch.seq).toReversed();

/**
 * The first request of each process for a script after a touch, with the last entry of the same process and interpreter
 * before it: what the same code became.
 */
export interface Return {
  readonly touch: Touch;
  readonly before: MountedEntry;
  readonly after: MountedEntry;
}

/** Every return to a touched script in the same process and interpreter, before it is touched again. */
export const returnsOf = (run: ApacheRun): readonly Return[] => {
  const entries = mounted(run, entriesOf(run.trace));
  const touches = touchesOf(run);
  return touches.flatMap((touch, index) => {
    const again =
      touches.slice(index + 1).find(({ script }) => script === touch.script)?.seq ?? Number.POSITIVE_INFINITY;
    const returned = new Set<string>();
    return entries.flatMap((after): readonly Return[] => {
      if (after.mount.script !== touch.script || after.request.sent.seq < touch.seq || after.seq > again) return [];
      const residence = residenceOf(after);
      const before = loadedBefore(entries, touch).find((entry) => residenceOf(entry) === residence);
      if (!before || returned.has(residence)) return [];
      returned.add(residence);
      return [{ touch, before, after }];
    });
  });
};

/** A request that finds out about a touch, because the only process of its daemon group has the old code. */
export interface Discovery {
  readonly touch: Touch;
  readonly request: RequestHistory;
  readonly processGroup: string;
  /** The process that has the old code. */
  readonly old: Mark;
  readonly before: MountedEntry;
}

/**
 * The first request for a touched script in each daemon group of one process, with script reloading on. In a group of
 * several processes a client cannot know which one a request met.
 */
export function discoveriesOf(run: ApacheRun): readonly Discovery[] {
  const entries = mounted(run, entriesOf(run.trace));
  const requests = requestHistories(run.trace);
  return touchesOf(run).flatMap((touch) =>
    run.deployment.daemons
      .filter((group) => processCount(group) === 1)
      .flatMap((group): readonly Discovery[] => {
        const latest = entries.findLast((entry) => entry.seen.processGroup === group.name && entry.seq < touch.seq);
        const request = requests.find((one) => asksFor(run, one, touch, group.name));
        if (!latest || !request) return [];
        const alone = isCalm(run.trace, latest.seq, touch.seq) && isCalm(run.trace, touch.seq, request.sent.seq);
        if (!alone) return [];
        const before = loadedBefore(entries, touch).find(
          (entry) => entry.seen.process === latest.seen.process && isSamePlace(entry.request, request),
        );
        return before ? [{ touch, request, processGroup: group.name, old: latest.seen.process, before }] : [];
      }),
  );
}

/** The request was sent to the touched script in this group after the touch, and nothing but asks for a report. */
export function asksFor(run: ApacheRun, request: RequestHistory, touch: Touch, processGroup: string): boolean {
  if (request.sent.seq < touch.seq || request.sent.behave !== undefined) return false;
  const to = routeOf(run, request);
  return (
    to.kind === 'application' &&
    to.mount.script === touch.script &&
    to.mount.processGroup === processGroup &&
    to.mount.scriptReloading
  );
}

const isSamePlace = (a: RequestHistory, b: RequestHistory): boolean => {
  const [x, y] = [a.sent.to, b.sent.to];
  return x.host === y.host && x.port === y.port && x.path === y.path;
};
