/** Tells what somebody who looks from outside sees of the processes that a world starts and ends itself. */
import type { EventOf, Happening, Mark } from './trace.ts';
import type { ProcessId } from './vocabulary.ts';

export class Onlooker {
  readonly #markOf: (pid: number) => Mark | null;
  readonly #watched = new Map<ProcessId, { readonly mark: Mark; readonly pid: number }>();

  /** @param markOf - How the probe in a process that has just been spawned names it; null where it is gone already. */
  constructor(markOf: (pid: number) => Mark | null) {
    this.#markOf = markOf;
  }

  /** What is seen of this happening, to be recorded after it; null is nothing. */
  sees(happening: Happening): Seen | null {
    if (happening.kind === 'process.spawned') {
      const { process, pid } = happening;
      const mark = this.#markOf(pid);
      if (mark === null) return null;
      this.#watched.set(process, { mark, pid });
      return { kind: 'process.appeared', mark, pid };
    }
    if (happening.kind === 'process.exited') {
      const watched = this.#watched.get(happening.process);
      this.#watched.delete(happening.process);
      return watched ? { kind: 'process.vanished', ...watched } : null;
    }
    return null;
  }
}

type Seen = Pick<EventOf<'process.appeared'> | EventOf<'process.vanished'>, 'kind' | 'mark' | 'pid'>;
