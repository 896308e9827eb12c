/** The requests that were read from one connection, as far as they still matter for what is read next. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isAwaitedElsewhere } from './read-elsewhere.ts';

/** Connections from which nothing more is taken. */
const over = new WeakSet<Socket>();

/** From now on nothing that comes in on this connection is taken for a request: what follows a bad one could be anything. */
export const takeNoMore = (socket: Socket): void => {
  over.add(socket);
};

export class Intake {
  readonly socket: Socket;
  /** The last request whose head was read, and its response. */
  request: IncomingMessage | null = null;
  response: ServerResponse | null = null;
  /** Responses that had to wait for others on the same connection. */
  #waited: Set<ServerResponse> | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.once('close', () => this.#closeWaiting());
  }

  get isOver(): boolean {
    return over.has(this.socket);
  }

  /**
   * A request's head has been read. @returns whether it is to be taken at all: not where it crossed with the end of its
   * connection, on which it could no longer be answered. Source: httpd 2.4, connection.c, ap_lingering_close, reads what
   * still comes in and drops it.
   */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.socket.writable) request.resume(); // The end of the connection lies behind its body.
    if (this.isOver || !this.socket.writable) return false;
    if (this.isAnswering) {
      this.#waited ??= new Set();
      this.#waited.add(response);
      response.once('close', () => this.#waited?.delete(response));
    }
    this.request = request;
    this.response = response;
    return true;
  }

  /** Whether the last response is not yet written to its end. */
  get isAnswering(): boolean {
    return this.response !== null && !this.response.writableFinished;
  }

  /** Whether the body of the last request is not yet read to its end. */
  get isInBody(): boolean {
    return this.request !== null && !this.request.complete;
  }

  /** Whether somebody reads that body: what nobody reads, no client can be late with. */
  get isAwaited(): boolean {
    return this.request?.readableFlowing === true || isAwaitedElsewhere(this.socket);
  }

  /** Whether it is the server's turn: nothing is waited for that the client should send or take. */
  get isWorkedFor(): boolean {
    return this.isAnswering && this.socket.writableLength === 0 && !(this.isInBody && this.isAwaited);
  }

  /** node:http tells the response in front that the connection is gone, and forgets those that wait behind it. */
  #closeWaiting(): void {
    for (const response of this.#waited ?? []) if (!response.closed) response.emit('close');
  }
}
