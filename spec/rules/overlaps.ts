/**
 * Which requests were certainly inside an application at the same time. A held request is, from its observation to its
 * release, and one that was lost, to its loss; any other may have left long before its response reached the client.
 */
import { type Entry, entriesOf, type RequestHistory, requestHistories, succeeded } from './histories.ts';
import { rememberedByTrace } from './remember.ts';

/** The event after which the entry is no longer certain to be inside; null where it never was certain. */
export function lastCertain({ request }: Entry): number | null {
  const end = request.outcome?.seq ?? Number.POSITIVE_INFINITY;
  if (request.released !== null) return Math.min(request.released.seq, end);
  // What was observed and then lost was inside to its end; a world need not release what is lost already.
  return request.outcome !== null && request.sent.behave === undefined && !succeeded(request) ? end : null;
}

/** Whether an entry was certainly inside its application when event `seq` happened. */
export function isInside(entry: Entry, seq: number): boolean {
  const end = lastCertain(entry);
  return end !== null && entry.seq < seq && seq < end;
}

/** The entries that were certainly inside an application when event `seq` happened. */
export const insideAt = <E extends Entry>(entries: readonly E[], seq: number): readonly E[] =>
  entries.filter((entry) => isInside(entry, seq));

/** The entries that can be certain to be inside at some time: those of requests that were held. */
export const heldOf = <E extends Entry>(entries: readonly E[]): readonly E[] =>
  entries.filter((entry) => lastCertain(entry) !== null);

/** A request that was sent while another one was certainly inside an application. */
export interface Meeting {
  readonly held: Entry;
  readonly arriving: RequestHistory;
  /** Where it got in; null where it never did. */
  readonly entry: Entry | null;
  /** It got in while the other one was certainly still inside. */
  readonly together: boolean;
}

/** Every meeting of a trace, in the order of the arriving requests. */
export const meetings = rememberedByTrace((trace): readonly Meeting[] => {
  const entries = entriesOf(trace);
  const held = heldOf(entries);
  return requestHistories(trace).flatMap((arriving) => {
    const entry = entries.find((one) => one.request.id === arriving.id) ?? null;
    return insideAt(held, arriving.sent.seq).map((inside) => ({
      held: inside,
      arriving,
      entry,
      together: entry !== null && isInside(inside, entry.seq),
    }));
  });
});

/** The requests that were sent before event `seq` and had no outcome then, inside an application or not. */
export const unfinishedAt = (requests: readonly RequestHistory[], seq: number): readonly RequestHistory[] =>
  requests.filter(({ sent, outcome }) => sent.seq < seq && (outcome?.seq ?? Number.POSITIVE_INFINITY) > seq);
