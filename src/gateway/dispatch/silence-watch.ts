/**
 * Looks for requests on which nothing moves: neither between the gateway and a Python thread nor on the connection to the
 * client. It looks from time to time at all of them, so that a request costs it nothing; it is never too early, and by a
 * quarter of the timeout too late at most.
 */

/** What is watched. */
export interface Watched {
  /** Differs from what it was when something has moved. */
  readonly moved: number;
  onSilence(): void;
}

interface Seen {
  moved: number;
  /** Looks without a move. */
  looks: number;
}

/** How often it looks within the time that a silence may take. */
const looksPerTimeout = 8;
/** A thread that writes to its client itself may keep what it has written to itself for so long, in ms. See `python/host.py`, PROGRESS. */
const unreported = 100;
/** A long timeout is looked at no less often than this, in ms. */
const longestPause = 1000;

export class SilenceWatch {
  readonly #watched = new Map<Watched, Seen>();
  #timeout: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param timeout - In ms; Infinity watches nothing. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  configure(timeout: number): void {
    this.#timeout = timeout;
  }

  add(watched: Watched): void {
    if (this.#timeout === Number.POSITIVE_INFINITY) return;
    this.#watched.set(watched, { moved: -1, looks: 0 });
    this.#timer ??= setTimeout(() => this.#look(), this.#pause);
  }

  /** It is over. */
  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  /** Nothing is watched any more. */
  clear(): void {
    this.#watched.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get #pause(): number {
    return Math.min(longestPause, Math.ceil(this.#timeout / looksPerTimeout));
  }

  #look(): void {
    this.#timer = undefined;
    const pause = this.#pause;
    for (const [watched, seen] of this.#watched) {
      const { moved } = watched;
      if (moved !== seen.moved) {
        seen.moved = moved;
        seen.looks = 0;
      } else if (++seen.looks * pause >= this.#timeout + unreported) {
        this.#watched.delete(watched);
        watched.onSilence();
      }
    }
    if (this.#watched.size > 0) this.#timer = setTimeout(() => this.#look(), pause);
  }
}
