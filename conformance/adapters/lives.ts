/** What a trace tells of the lives of processes, as somebody outside saw them. */
import type { Mark, Trace } from '../../spec/trace.ts';

/**
 * What contradicts that a process appears once, is seen only afterwards, and vanishes once: for tests of worlds. Rules may
 * rely on it.
 */
export function contradictions(trace: Trace): readonly string[] {
  const appeared = new Set<Mark>();
  const vanished = new Set<Mark>();
  return trace.flatMap((event): readonly string[] => {
    switch (event.kind) {
      case 'process.appeared':
        return appeared.size === appeared.add(event.mark).size ? [`${event.mark} appeared twice`] : [];
      case 'process.vanished':
        if (!appeared.has(event.mark)) return [`${event.mark} vanished without having appeared`];
        return vanished.size === vanished.add(event.mark).size ? [`${event.mark} vanished twice`] : [];
      case 'observation':
        return appeared.has(event.seen.process) ? [] : [`${event.request} was seen in ${event.seen.process} before`];
      default:
        return [];
    }
  });
}

/** The processes that live when a trace ends. */
export function survivors(trace: Trace): ReadonlySet<Mark> {
  const alive = new Set<Mark>();
  for (const event of trace) {
    if (event.kind === 'process.appeared') alive.add(event.mark);
    if (event.kind === 'process.vanished') alive.delete(event.mark);
  }
  return alive;
}
