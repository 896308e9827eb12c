/** One request, from the client's connection to its one outcome. */
import { type ActorRefFrom, createActor } from 'xstate';
import { type RequestEvent, requestMachine } from '../../spec/machines/request.ts';
import type { Route } from '../../spec/routing/route.ts';
import type { Address, Behaviour, Happening } from '../../spec/trace.ts';
import type { Millis, ProcessId, RequestId } from '../../spec/vocabulary.ts';
import type { Moment } from './sound-performance.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** What a client sends. */
export interface Errand {
  readonly request: RequestId;
  readonly to: Address;
  /** The probe keeps it until it is released. */
  readonly isHeld: boolean;
  readonly behave: Behaviour | null;
  /** The connection it goes by, if that is kept; null is one of its own. */
  readonly connection: string | null;
  /** The client closes the connection after it. */
  readonly closes: boolean;
}

/** A process, as far as a request has to do with it. */
export interface Station {
  readonly id: ProcessId;
  readonly isGone: boolean;
}

/** A thread that a request keeps busy. */
export interface Seat<P extends Station = VirtualProcess> {
  readonly process: P;
  readonly thread: number;
}

/** `R` is where it leads, `P` the kind of process it meets. */
export class Journey<R = Route, P extends Station = VirtualProcess> {
  readonly id: RequestId;
  readonly errand: Errand;
  readonly route: R;
  /** The child that carries the connection. */
  carrier: Seat<P> | null = null;
  /** The process whose application is to answer; with an embedded application it is the carrier's. */
  server: Seat<P> | null = null;
  /** When a thread of a child read it. */
  readAt: Millis;
  /** Calls off the deadline for the next sign of life of a daemon process. */
  callOff: () => void = () => {};
  /** The client has its 504, and a thread runs the request all the same. */
  isTimedOut = false;
  /** It has waited for a thread. */
  wasQueued = false;
  /** How often a process refused it. */
  replays = 0;
  /** The last process that took it, whether it came to be observed there or not. */
  lastIn: P | null = null;
  /** The connection that its client would have kept is closed. */
  isReconnected = false;
  /** The process that observed it. */
  observedBy: P | null = null;
  readonly #record: (happening: Happening) => void;
  readonly #actor: ActorRefFrom<typeof requestMachine>;
  #isHeld: boolean;
  #onRelease: () => void = () => {};
  #isOver = false;

  /** @param replays - How often it may be sent again after a process refused it. */
  constructor(errand: Errand, route: R, replays: number, sentAt: Millis, record: (happening: Happening) => void) {
    this.id = errand.request;
    this.errand = errand;
    this.route = route;
    this.readAt = sentAt;
    this.#isHeld = errand.isHeld;
    this.#record = record;
    this.#actor = createActor(requestMachine, { input: { replays } }).start();
  }

  /** The client has its answer, or knows that there will be none. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  tell(event: RequestEvent['type']): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send({ type: event });
  }

  /** A process refused it. @returns whether it may be sent again. */
  rejected(): boolean {
    this.tell('REJECTED');
    return this.#actor.getSnapshot().matches('queued');
  }

  /** Calls `goOn` once the probe lets the request go: at once where it is not held. */
  whenReleased(goOn: () => void): void {
    if (this.#isHeld) this.#onRelease = goOn;
    else goOn();
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#onRelease();
  }

  /** A program goes through these moments, and the client has what it received at the last. */
  perform(moments: readonly Moment[]): void {
    for (const moment of moments) {
      if (this.#isOver) return;
      this.#record({ request: this.id, ...moment });
      if (moment.kind !== 'response.received') continue;
      const { end, status } = moment.received;
      if (end === 'complete' && status !== null) this.finish(status);
      else this.fail(end);
    }
  }

  /** @param isOwn - Whether the answer is its application's. */
  finish(status: number, isOwn = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const answers = isOwn && { answers: this.id };
    const reconnected = this.isReconnected && ({ reconnected: true } as const);
    this.#record({ kind: 'request.finished', request: this.id, status, ...answers, ...reconnected });
  }

  fail(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#record({ kind: 'request.failed', request: this.id, reason });
  }
}
