/** The requests of a trace, as the processes meet them that may take them. */
import { type RequestHistory, requestHistories, succeeded } from '../rules/histories.ts';
import type { Mark, Trace } from '../trace.ts';
import type { Caller } from './life.ts';

export interface Placed {
  readonly caller: Caller;
  readonly history: RequestHistory;
  /** The process in which it was first seen; null where it was seen in none. */
  readonly home: Mark | null;
}

export const callersOf = (trace: Trace): readonly Placed[] =>
  requestHistories(trace).map((history): Placed => {
    const { id, sent, released, outcome, observed } = history;
    const home = observed[0]?.seen.process ?? null;
    return {
      history,
      home,
      caller: {
        request: id,
        sent: sent.seq,
        sentAt: sent.at,
        seen: observed[0]?.seq ?? Number.POSITIVE_INFINITY,
        // Nobody holds what is never released: it may leave at any time.
        mayLeave: released?.seq ?? sent.seq,
        over: outcome?.seq ?? Number.POSITIVE_INFINITY,
        isAnswered: home !== null && succeeded(history),
        isUnplaced: home === null,
        ends: endsOf(history),
      },
    };
  });

function endsOf({ sent: { behave } }: RequestHistory): Caller['ends'] {
  if (behave?.kind === 'exit') return { events: null };
  return null;
}
