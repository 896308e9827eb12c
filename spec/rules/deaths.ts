/** Processes that ended beyond doubt: an application ended its own, somebody killed one, or a watcher saw it go. */
import { eventsOf, type Mark, type Trace } from '../trace.ts';
import { entriesOf, type RequestHistory, succeeded } from './histories.ts';
import { rememberedByTrace } from './remember.ts';

export interface Death {
  readonly process: Mark;
  readonly pid: number;
  readonly by: 'exit' | 'SIGKILL';
  /** The exit code; null where it was killed. */
  readonly code: number | null;
  /** The request that did it from inside; null where it was killed. */
  readonly request: RequestHistory | null;
  /** It lived when this event happened, and was gone at {@link over}. */
  readonly from: number;
  readonly over: number;
}

/** Every process that ended at once for a cause in the trace, in order. */
export const deathsOf = rememberedByTrace((trace: Trace): readonly Death[] => {
  const entries = entriesOf(trace);
  const exits = entries.flatMap(({ request, seen: { process, pid } }): readonly Death[] => {
    const { sent, outcome } = request;
    if (sent.behave?.kind !== 'exit' || outcome === null || succeeded(request)) return [];
    return [{ process, pid, by: 'exit', code: sent.behave.code, request, from: sent.seq, over: outcome.seq }];
  });
  const kills = eventsOf(trace, 'act.performed').flatMap(({ seq, act }): readonly Death[] => {
    if (act.kind !== 'signal' || act.signal !== 'SIGKILL') return [];
    const target = entries.find(({ request }) => request.id === act.processOf);
    if (!target) return [];
    const { process, pid } = target.seen;
    return [{ process, pid, by: 'SIGKILL', code: null, request: null, from: seq - 1, over: seq }];
  });
  return [...exits, ...kills].toSorted((a, b) => a.over - b.over);
});
