/**
 * The socket of one daemon group as requests meet it: a queue of bounded length, and those who found it full and try
 * again until their time is up. One timer serves all of them, and none runs while nobody tries.
 */

import type { Clock } from '../machines/timers.ts';
import { attemptFrom, lastAttempt } from './connecting.ts';

export interface GroupSocketTerms {
  /** How many wait in the queue at most; see {@link queueDepth}. Infinity is no bound. */
  readonly depth: number;
  /** How long one that finds the queue full tries again, in ms. */
  readonly connectTimeout: number;
}

/** Whom the socket tells what becomes of requests. */
export interface GroupSocketListener<R> {
  /** It waits in the queue; it may be taken out of it at once. */
  onQueued(request: R): void;
  /** It never got a place. */
  onTurnedAway(request: R): void;
}

/** A request that tries to connect. */
interface Attempting<R> {
  readonly request: R;
  readonly began: number;
}

export class GroupSocket<R> {
  #terms: GroupSocketTerms;
  readonly #clock: Clock & { now(): number };
  readonly #listener: GroupSocketListener<R>;
  readonly #queue: R[] = [];
  /** In the order in which they began. */
  #attempting: readonly Attempting<R>[] = [];
  /** Since when there has been a place free; of no meaning while there is none. */
  #roomSince = 0;
  #timer: unknown;
  #due = Number.POSITIVE_INFINITY;

  constructor(terms: GroupSocketTerms, clock: Clock & { now(): number }, listener: GroupSocketListener<R>) {
    this.#terms = terms;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** The terms change: whoever waits stays where it is. */
  configure(terms: GroupSocketTerms): void {
    this.#terms = terms;
    this.#roomSince = this.#clock.now();
    this.#arm();
  }

  /** Requests in the queue. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Requests that try to get into it. */
  get attempting(): number {
    return this.#attempting.length;
  }

  /** The one whose turn it is. */
  get first(): R | undefined {
    return this.#queue[0];
  }

  /** A request comes for which no thread is free. */
  enter(request: R): void {
    if (this.#hasRoom) this.#admit(request);
    else if (this.#terms.connectTimeout === 0) this.#listener.onTurnedAway(request);
    else {
      this.#attempting = [...this.#attempting, { request, began: this.#clock.now() }];
      this.#arm();
    }
  }

  /** A request that was taken from the queue and not read comes back to where it was. */
  putBack(request: R): void {
    this.#queue.unshift(request);
  }

  /** Takes the first one out of the queue. */
  take(): R | undefined {
    const wasFull = !this.#hasRoom;
    const first = this.#queue.shift();
    if (wasFull && this.#attempting.length > 0) {
      this.#roomSince = this.#clock.now();
      this.#arm();
    }
    return first;
  }

  /** Nobody waits any longer. @returns all who did, the queue first. */
  clear(): readonly R[] {
    const all = [...this.#queue.splice(0), ...this.#attempting.map(({ request }) => request)];
    this.#attempting = [];
    this.#arm();
    return all;
  }

  get #hasRoom(): boolean {
    return this.#queue.length < this.#terms.depth;
  }

  #admit(request: R): void {
    this.#queue.push(request);
    this.#listener.onQueued(request);
  }

  /** Makes the attempts whose time has come, the earliest first. */
  #attempt(): void {
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const due = this.#attempting
      .map((one) => ({ one, at: this.#nextOf(one) }))
      .filter(({ at }) => at <= now)
      .toSorted((a, b) => a.at - b.at);
    for (const { one } of due) {
      const isLast = this.#lastOf(one) <= now;
      if (!this.#hasRoom && !isLast) continue;
      this.#attempting = this.#attempting.filter((other) => other !== one);
      if (this.#hasRoom) this.#admit(one.request);
      else this.#listener.onTurnedAway(one.request);
    }
    this.#arm();
  }

  /** When something may change for it: its next attempt where there is room, else its last. */
  #nextOf(one: Attempting<R>): number {
    const last = this.#lastOf(one);
    if (!this.#hasRoom) return last;
    return Math.min(last, one.began + attemptFrom(Math.max(0, this.#roomSince - one.began)));
  }

  #lastOf({ began }: Attempting<R>): number {
    return began + lastAttempt(this.#terms.connectTimeout);
  }

  #arm(): void {
    const due = this.#attempting.reduce((next, one) => Math.min(next, this.#nextOf(one)), Number.POSITIVE_INFINITY);
    if (due === this.#due) return;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#due = due;
    this.#timer =
      due === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimeout(() => this.#attempt(), Math.max(0, due - this.#clock.now()));
  }
}
