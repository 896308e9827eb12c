/**
 * Brings the requests of one process group to its processes. It keeps no lifecycle: processes are put in and taken out
 * by the supervisor. A request waits in one queue while no thread is free, as on the group's one socket.
 */
import { type Choose, choiceOf, type DispatchPolicy } from '../../spec/dispatch-policy.ts';
import type { ProcessGroupName } from '../../spec/vocabulary.ts';
import type { Exchange } from './exchange.ts';
import type { ServerProcessHost } from './server-process-host.ts';

/** Whom the dispatcher tells what becomes of requests. */
export interface DispatchObserver {
  onQueued(exchange: Exchange, processGroup: ProcessGroupName): void;
  onAccepted(exchange: Exchange, host: ServerProcessHost): void;
}

export class Dispatcher {
  readonly processGroup: ProcessGroupName;
  /** How often a request may be refused by processes with old code: 2 × processes + 1. Source: RELOAD-DAEMON-03. */
  #maximumRefusals = 1;
  readonly #observer: DispatchObserver;
  readonly #queue: Exchange[] = [];
  /** Those that take requests, in the order in which they joined. */
  readonly #hosts: ServerProcessHost[] = [];
  readonly #choice: Choose;
  #joined = 0;
  #turn = 0;
  #last = 0;
  #isClosed = false;

  constructor(processGroup: ProcessGroupName, observer: DispatchObserver, policy: DispatchPolicy = 'mod-wsgi') {
    this.#choice = choiceOf(policy);
    this.processGroup = processGroup;
    this.#observer = observer;
  }

  /** How many processes the group is to have. */
  set processes(count: number) {
    this.#maximumRefusals = 2 * count + 1;
  }

  /** Requests that wait for a free thread. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** A process takes requests from now on. */
  add(host: ServerProcessHost): void {
    host.serial = ++this.#joined;
    this.#hosts.push(host);
    this.serveQueue();
  }

  /** A process takes no request any more. */
  remove(host: ServerProcessHost): void {
    const index = this.#hosts.indexOf(host);
    if (index >= 0) this.#hosts.splice(index, 1);
  }

  submit(exchange: Exchange): void {
    const host = this.#isClosed ? null : this.#choose(exchange);
    if (host) this.#give(exchange, host);
    else if (this.#isClosed) exchange.answer(503);
    else {
      this.#queue.push(exchange);
      this.#observer.onQueued(exchange, this.processGroup);
    }
  }

  /** A process refused the request because of old code, or was gone before it could read it. */
  resubmit(exchange: Exchange): void {
    const mayTryAgain = exchange.refusals <= this.#maximumRefusals && !this.#isClosed;
    const host = mayTryAgain ? this.#choose(exchange) : null;
    if (!mayTryAgain) exchange.answer(503);
    else if (host) this.#give(exchange, host);
    else this.#queue.unshift(exchange);
  }

  /** Gives waiting requests to free threads. */
  serveQueue(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const host = this.#choose(next);
      if (!host) return;
      this.#queue.shift();
      if (!next.clientIsGone) this.#give(next, host);
    }
  }

  /** The server stops: what still waits is told so. */
  close(): void {
    this.#isClosed = true;
    for (const exchange of this.#queue.splice(0)) exchange.answer(503);
  }

  #give(exchange: Exchange, host: ServerProcessHost): void {
    exchange.process = host.settings.process;
    this.#observer.onAccepted(exchange, host);
    host.send(exchange.mount.applicationGroup, exchange.payload, exchange.counts, exchange, (slot) =>
      exchange.given(slot),
    );
  }

  #choose(exchange: Exchange): ServerProcessHost | null {
    const [first] = this.#hosts;
    // One process leaves nothing to choose.
    if (this.#hosts.length === 1) return first?.hasFreeThread ? first : null;
    const chosen = this.#choice(this.#hosts, this.#last, exchange);
    if (!chosen) return null;
    chosen.lastTurn = ++this.#turn;
    this.#last = chosen.serial;
    return chosen;
  }
}
