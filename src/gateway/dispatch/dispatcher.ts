/**
 * Brings the requests of one process group to its processes. It keeps no lifecycle: processes are put in and taken out
 * by the supervisor. A request waits in one queue while no thread is free, as on the group's one socket.
 */

import { type ApacheDeployment, type DaemonGroup, processCount } from '../../../spec/deployments/apache.ts';
import { queueDepth } from '../../../spec/dispatch/connecting.ts';
import { daemonSilence } from '../../../spec/dispatch/daemon-timeouts.ts';
import { type Choose, choiceOf, type DispatchPolicy } from '../../../spec/dispatch/dispatch-policy.ts';
import { GroupSocket } from '../../../spec/dispatch/group-socket.ts';
import { longestHeaderLine } from '../../../spec/dispatch/header-limit.ts';
import type { ProcessGroupName } from '../../../spec/vocabulary.ts';
import type { ServerProcessHost } from '../processes/server-process-host.ts';
import type { Exchange } from './exchange.ts';
import { SilenceWatch } from './silence-watch.ts';

/** Whom the dispatcher tells what becomes of requests. */
export interface DispatchObserver {
  onQueued(exchange: Exchange, processGroup: ProcessGroupName): void;
  onAccepted(exchange: Exchange, host: ServerProcessHost): void;
  /** The process has it from now on. */
  onGiven?(host: ServerProcessHost): void;
  log(line: string): void;
}

const clock = {
  now: () => performance.now(),
  setTimeout: (fire: () => void, delay: number) => setTimeout(fire, delay),
  clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
};

/** Embedded mode: nothing stands between the connection and the application. */
const noSocket = { depth: Number.POSITIVE_INFINITY, connectTimeout: 0 };

export class Dispatcher {
  readonly processGroup: ProcessGroupName;
  /** How often a request may be refused by processes with old code: 2 × processes + 1. Source: RELOAD-DAEMON-03. */
  #maximumRefusals = 1;
  /** A request read longer ago than this is not run any more, in ms; 0 is off. */
  #queueTimeout = 0;
  #longestHeaderLine = Number.POSITIVE_INFINITY;
  readonly #observer: DispatchObserver;
  readonly #socket: GroupSocket<Exchange>;
  readonly #silence = new SilenceWatch(Number.POSITIVE_INFINITY);
  /** Those that take requests, in the order in which they joined. */
  readonly #hosts: ServerProcessHost[] = [];
  readonly #choice: Choose;
  #joined = 0;
  #turn = 0;
  #last = 0;
  #isClosed = false;

  constructor(processGroup: ProcessGroupName, observer: DispatchObserver, policy: DispatchPolicy = 'mod-wsgi') {
    this.processGroup = processGroup;
    this.#observer = observer;
    this.#choice = choiceOf(policy);
    this.#socket = new GroupSocket<Exchange>(noSocket, clock, {
      onQueued: (exchange) => {
        observer.onQueued(exchange, processGroup);
        this.serveQueue();
      },
      onTurnedAway: (exchange) => {
        observer.log(`no place in the queue of process group '${processGroup}' within connect-timeout`);
        exchange.answer(503);
      },
    });
  }

  /** What the group is now configured to be; null is embedded mode. */
  configure(group: DaemonGroup | null, { server, limits }: ApacheDeployment): void {
    this.#maximumRefusals = 2 * (group ? processCount(group) : 0) + 1;
    this.#queueTimeout = group?.queueTimeout ?? 0;
    this.#longestHeaderLine = group ? longestHeaderLine(group, server.modWsgi) : Number.POSITIVE_INFINITY;
    this.#silence.configure(group ? daemonSilence(group, limits) : Number.POSITIVE_INFINITY);
    this.#socket.configure(
      group ? { depth: queueDepth(group.listenBacklog), connectTimeout: group.connectTimeout } : noSocket,
    );
  }

  /** Requests that wait for a free thread, or for a place among those who do. */
  get waiting(): number {
    return this.#socket.queued + this.#socket.attempting;
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

  /** A worker of the server has read a request. */
  submit(exchange: Exchange): void {
    if (this.#queueTimeout > 0) exchange.readAt = clock.now();
    exchange.longestHeaderLine = this.#longestHeaderLine;
    if (this.#isClosed) exchange.answer(503);
    else {
      this.#silence.add(exchange);
      this.#place(exchange);
    }
  }

  /** The client has its response, or is gone. */
  leave(exchange: Exchange): void {
    this.#silence.remove(exchange);
  }

  /** A process refused the request because of old code: it comes anew, and behind all others. */
  resubmit(exchange: Exchange): void {
    if (exchange.refusals <= this.#maximumRefusals && !this.#isClosed) this.#place(exchange);
    else exchange.answer(503);
  }

  /** A process was gone before it could read the request: nobody took it out of the queue. */
  putBack(exchange: Exchange): void {
    if (this.#isClosed) {
      exchange.answer(503);
      return;
    }
    this.#socket.putBack(exchange);
    this.serveQueue();
  }

  /** Gives waiting requests to free threads. */
  serveQueue(): void {
    for (let next = this.#socket.first; next !== undefined; next = this.#socket.first) {
      const host = this.#choose(next);
      if (!host) return;
      this.#socket.take();
      if (!next.clientIsGone) this.#give(next, host);
    }
  }

  /** The server stops: what still waits is told so, or cut off where nobody would have read it. */
  close(end: (exchange: Exchange) => void = (exchange) => exchange.answer(503)): void {
    this.#isClosed = true;
    this.#silence.clear();
    for (const exchange of this.#socket.clear()) end(exchange);
  }

  #place(exchange: Exchange): void {
    const host = this.#choose(exchange);
    if (host) this.#give(exchange, host);
    else this.#socket.enter(exchange);
  }

  /** The time in the queue is looked at only now that it is over. Source: mod_wsgi 4.9.4, wsgi_hook_daemon_handler. */
  #give(exchange: Exchange, host: ServerProcessHost): void {
    exchange.process = host.settings.process;
    this.#observer.onAccepted(exchange, host);
    if (this.#queueTimeout > 0 && clock.now() - exchange.readAt > this.#queueTimeout) {
      this.#observer.log(`queue-timeout of process group '${this.processGroup}' is over`);
      host.dismiss();
      exchange.answer(504);
      return;
    }
    host.send(exchange.mount.applicationGroup, exchange.payload, null, exchange, (slot) => exchange.given(slot));
    this.#observer.onGiven?.(host);
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
