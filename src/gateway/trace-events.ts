/** Questions about the events of a trace that is being recorded. */
import type { EventOf, HappeningKind, TraceEvent } from '../../spec/trace.ts';

/** Whether an event is of a kind, and the one that is meant. */
export const isEvent =
  <K extends HappeningKind>(kind: K, matches: (event: EventOf<K>) => boolean) =>
  (event: TraceEvent): event is EventOf<K> =>
    event.kind === kind && matches(event as EventOf<K>);
