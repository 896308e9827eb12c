/**
 * One client's connection. It belongs to the child that accepted it, and its requests are handled one after the other,
 * pipelined ones included: a worker of Apache reads the next request when it has answered the one before.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Child } from '../processes/child.ts';

/** How long connections are kept, as configured. */
export interface Persistence {
  /** Requests after the first one that a connection may carry; 0 is any number, null none. */
  readonly moreRequests: number | null;
}

interface Request {
  readonly response: ServerResponse;
  readonly begin: () => void;
}

export class Connection {
  readonly socket: Socket;
  /** The configured port. */
  readonly port: number;
  readonly #persistence: () => Persistence;
  /** Reads from it: from the moment when a child has it. */
  readonly #read: () => void;
  #child: Child | null = null;
  #hasThread = false;
  #current: ServerResponse | null = null;
  /** Pipelined requests. */
  readonly #later: Request[] = [];
  /** What the present request still has to end: its response, and the application that makes it. */
  #parts = 0;
  #requests = 0;
  #isLast = false;
  #isOver = false;

  constructor(socket: Socket, port: number, persistence: () => Persistence, read: () => void) {
    this.socket = socket;
    this.port = port;
    this.#persistence = persistence;
    this.#read = read;
    socket.once('close', () => {
      this.#isOver = true;
      if (this.#parts === 0) this.#leave();
    });
  }

  /** The address of the client, as far as the connection is still there. */
  get client(): string {
    return this.socket.remoteAddress ?? '';
  }

  /** The child that accepted it; null while none has. */
  get child(): Child | null {
    return this.#child;
  }

  /** A child with a free thread accepts it, and reads. */
  accept(child: Child): void {
    this.#child = child;
    child.connections.add(this);
    child.workers.occupy();
    this.#hasThread = true;
    child.workers.accepted();
    if (this.#isOver) this.#leave();
    else this.#read();
  }

  /** A request was read. @returns whether it is handled at once. */
  take(response: ServerResponse, begin: () => void): boolean {
    if (this.#current !== null) {
      this.#later.push({ response, begin });
      return false;
    }
    return this.#start({ response, begin });
  }

  /** An application works for the present request, whatever becomes of the response. @returns what to call when it is done. */
  inside(): () => void {
    this.#parts++;
    return () => this.#partIsOver();
  }

  /** The present response is the last one, or the next; an idle connection is closed if that is wanted. */
  makeLast(closesIdle: boolean): void {
    this.#isLast = true;
    if (this.#current) this.#current.shouldKeepAlive = false;
    else if (closesIdle && !this.#hasThread) this.close();
  }

  /** At once, whatever is going on. A process to which it is lent has it open as well: that it ends must be said to the client. */
  close(): void {
    const { socket } = this;
    if (socket.writableLength === 0) socket.end(() => socket.destroy());
    else socket.destroy();
  }

  #start({ response, begin }: Request): boolean {
    const { moreRequests } = this.#persistence();
    this.#current = response;
    this.#parts = 1;
    this.#requests++;
    // Source: httpd 2.4, http_protocol.c, ap_set_keepalive: MaxKeepAliveRequests counts the responses that keep it open.
    if (this.#isLast || moreRequests === null || (moreRequests > 0 && this.#requests > moreRequests))
      response.shouldKeepAlive = false;
    response.once('close', () => this.#partIsOver());
    if (this.#hasThread) {
      begin();
      return true;
    }
    return (
      this.#child?.enter(this, () => {
        this.#hasThread = true;
        begin();
      }) ?? false
    );
  }

  #partIsOver(): void {
    if (--this.#parts > 0) return;
    this.#current = null;
    // What follows on a connection that this response closes is not answered.
    const next = this.socket.writable ? this.#later.shift() : undefined;
    if (next) this.#start(next);
    else if (this.#isOver) this.#leave();
    else if (this.#child && !this.#child.workers.serveWholeConnections) {
      this.#vacate(false);
      if (this.#isLast) this.socket.end();
    }
  }

  #leave(): void {
    this.#child?.forget(this);
    this.#vacate(true);
  }

  #vacate(connectionIsOver: boolean): void {
    if (!this.#hasThread) return;
    this.#hasThread = false;
    this.#child?.workers.vacate(connectionIsOver);
  }
}
