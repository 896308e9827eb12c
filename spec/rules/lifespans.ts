/** When processes lived for certain, as far as a client can tell who meets them. */
import type { Mark, Trace } from '../trace.ts';
import { type Entry, entriesOf, groupedBy } from './histories.ts';
import { lastCertain } from './overlaps.ts';
import { rememberedByTrace } from './remember.ts';

export interface Lifespan {
  readonly process: Mark;
  readonly pid: number;
  readonly processGroup: string | null;
  readonly entries: readonly Entry[];
  /** It had begun by this event: somebody saw it, or a request had reported from inside. */
  readonly known: number;
  /** From the first report out of it … */
  readonly from: number;
  /** … to the last request that was sent and then ran in it, or as long as one was inside. */
  readonly to: number;
  /** The event by which it was seen to be gone; infinite where nobody saw that. */
  readonly gone: number;
}

/** Every process that ran a request, in the order met. */
export const lifespansOf = rememberedByTrace((trace: Trace): readonly Lifespan[] => {
  const appeared = new Map<Mark, number>();
  const vanished = new Map<Mark, number>();
  for (const event of trace) {
    if (event.kind === 'process.appeared') appeared.set(event.mark, event.seq);
    if (event.kind === 'process.vanished') vanished.set(event.mark, event.seq);
  }
  return [...groupedBy(entriesOf(trace), ({ seen }) => seen.process).values()].flatMap((entries) => {
    const [first] = entries;
    if (!first) return [];
    const { process, pid, processGroup } = first.seen;
    return [
      {
        process,
        pid,
        processGroup,
        entries,
        known: Math.min(appeared.get(process) ?? first.seq, first.seq),
        from: first.seq,
        to: Math.max(...entries.map((entry) => Math.max(entry.request.sent.seq, lastCertain(entry) ?? 0))),
        gone: vanished.get(process) ?? Number.POSITIVE_INFINITY,
      },
    ];
  });
});

/** The process that ran a request, and when it lived. */
export const lifespanOf = (trace: Trace, { seen }: Entry): Lifespan | undefined =>
  lifespansOf(trace).find(({ process }) => process === seen.process);

/** The processes that were seen alive when event `seq` happened, whether a request met them or not; null where nobody looks. */
export function aliveAt(trace: Trace, seq: number): ReadonlySet<Mark> | null {
  if (!trace.some(({ kind }) => kind === 'process.appeared')) return null;
  const alive = new Set<Mark>();
  for (const event of trace) {
    if (event.seq > seq) break;
    if (event.kind === 'process.appeared') alive.add(event.mark);
    if (event.kind === 'process.vanished') alive.delete(event.mark);
  }
  return alive;
}
