/** Writes a trace: numbers what happens, stamps it with a world's clock, and lets others await what they need. */
import type { Happening, Trace, TraceEvent } from './trace.ts';
import type { Millis } from './vocabulary.ts';

export class TraceRecorder {
  readonly #now: () => Millis;
  readonly #events: TraceEvent[] = [];
  readonly #listeners = new Set<(event: TraceEvent) => void>();

  /** @param now - The world's clock: ms since the run began. It must not go backwards. */
  constructor(now: () => Millis) {
    this.#now = now;
  }

  get trace(): Trace {
    return this.#events;
  }

  record(happening: Happening): TraceEvent {
    const event: TraceEvent = { seq: this.#events.length + 1, at: this.#now(), ...happening };
    this.#events.push(event);
    for (const listener of [...this.#listeners]) listener(event);
    return event;
  }

  /** Calls `listener` with every later event. @returns a function that ends this. */
  subscribe(listener: (event: TraceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first event, already recorded or still to come, that `matches`; rejects when `signal` is aborted first. */
  when<E extends TraceEvent>(matches: (event: TraceEvent) => event is E, signal?: AbortSignal): Promise<E> {
    const found = this.#events.find(matches);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const stop = this.subscribe((event) => {
        if (!matches(event)) return;
        settle();
        resolve(event);
      });
      const abort = (): void => {
        settle();
        reject(signal?.reason);
      };
      const settle = (): void => {
        stop();
        signal?.removeEventListener('abort', abort);
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
    });
  }
}
