/** One Apache child with the connections it has accepted. */
import type { Candidate } from '../../../spec/dispatch/dispatch-policy.ts';
import type { Connection } from '../front/connection.ts';
import type { ServerProcessHost } from './server-process-host.ts';

/** Worker threads, which connections keep busy. */
export interface Workers {
  readonly hasFreeThread: boolean;
  readonly busy: number;
  /** The process that has them; null where nothing is embedded. */
  readonly process: ServerProcessHost | null;
  /**
   * Whether an idle connection keeps its thread: all but event's. Source: httpd 2.4, event.c, listener_thread; rule
   * MPM-EVENT-01.
   */
  readonly serveWholeConnections: boolean;
  /** A connection was accepted. */
  accepted(): void;
  occupy(): void;
  vacate(connectionIsOver: boolean): void;
}

export class Child implements Candidate {
  readonly workers: Workers;
  readonly serial: number;
  lastTurn = 0;
  readonly connections = new Set<Connection>();
  /** Idle connections on which a request came while every thread was busy; only event has such. */
  readonly #waiting = new Map<Connection, () => void>();
  #isRetired = false;
  /** The server was restarted since it accepted what it has: no daemon process knows it. */
  isFormer = false;

  constructor(workers: Workers, serial: number) {
    this.workers = workers;
    this.serial = serial;
  }

  get hasFreeThread(): boolean {
    return this.workers.hasFreeThread;
  }

  get busy(): number {
    return this.workers.busy;
  }

  /** Its connections end with the response in progress, or with the next one. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Begins when a thread is free. @returns whether that was at once. */
  enter(connection: Connection, begin: () => void): boolean {
    if (!this.hasFreeThread) {
      this.#waiting.set(connection, begin);
      return false;
    }
    this.workers.occupy();
    begin();
    return true;
  }

  serveQueue(): void {
    for (const [connection, begin] of this.#waiting) {
      if (!this.hasFreeThread) return;
      this.#waiting.delete(connection);
      this.enter(connection, begin);
    }
  }

  /** A connection that waited for a thread is over. */
  forget(connection: Connection): void {
    this.#waiting.delete(connection);
    this.connections.delete(connection);
  }

  /**
   * What is idle is closed by event's listener at once, and elsewhere waits for its KeepAliveTimeout or one more request.
   * Sources: httpd 2.4, event.c, process_keepalive_queue; http_core.c, ap_process_http_sync_connection.
   */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.connections) connection.makeLast(!this.workers.serveWholeConnections);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}
