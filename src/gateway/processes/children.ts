/**
 * The Apache children as connections meet them: each connection belongs to one child from its acceptance to its end, and
 * while no child has a worker free, connections wait unread. Where nothing is embedded no process stands for the
 * children, and one {@link Child} without a process is all of them.
 *
 * Sources: httpd 2.4, prefork.c, child_main; worker.c and event.c, listener_thread; rules MPM-LIMIT-01, MPM-LIMIT-02.
 */
import { type Choose, choiceOf, type DispatchPolicy } from '../../../spec/dispatch/dispatch-policy.ts';
import type { Connection } from '../front/connection.ts';
import { Child, type Workers } from './child.ts';
import type { ServerProcessHost } from './server-process-host.ts';

export class Children {
  readonly #choice: Choose;
  readonly #accepting: Child[] = [];
  readonly #retired = new Set<Child>();
  /** Connections that nobody has accepted, the first to come first. */
  readonly #waiting = new Set<Connection>();
  readonly #whenOneWaits = new Set<() => void>();
  #joined = 0;
  #turn = 0;
  #last = 0;
  #isClosed = false;

  constructor(policy: DispatchPolicy = 'mod-wsgi') {
    this.#choice = choiceOf(policy);
  }

  /** Connections that wait for a child, unread. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A child takes connections from now on. */
  add(workers: Workers): void {
    this.#accepting.push(new Child(workers, ++this.#joined));
    this.serveQueue();
  }

  /** A child takes no connection any more; those it has come to their end. */
  remove(workers: Workers): void {
    const index = this.#accepting.findIndex((child) => child.workers === workers);
    const [child] = index < 0 ? [] : this.#accepting.splice(index, 1);
    if (!child) return;
    this.#retired.add(child);
    child.retire();
  }

  /** The server restarts: who is there by now belongs to the time before. */
  growOld(): void {
    // Nobody tells that the last connection of one without a process is over.
    for (const child of this.#retired)
      if (child.workers.process === null && child.connections.size === 0) this.#retired.delete(child);
    for (const child of [...this.#accepting, ...this.#retired]) child.isFormer = true;
  }

  /** A child is gone, or told to go at once: its connections are closed, whatever they carry. */
  close(workers: Workers): void {
    this.remove(workers);
    for (const child of this.#retired) {
      if (child.workers !== workers) continue;
      this.#retired.delete(child);
      child.close();
    }
  }

  /**
   * The server stops or restarts: every connection that a child has is closed, whatever it carries.
   * @param deaf - But for those of these, which do not hear of it.
   */
  closeConnections(deaf: ReadonlySet<ServerProcessHost>): void {
    for (const child of [...this.#accepting, ...this.#retired])
      if (child.workers.process === null || !deaf.has(child.workers.process)) child.close();
  }

  /** A worker is free: first for those whose child it is of, then for those that have none yet. */
  serveQueue(): void {
    for (const child of this.#accepting) child.serveQueue();
    for (const child of this.#retired) child.serveQueue();
    for (const connection of this.#waiting) {
      const child = this.#choose(connection);
      if (!child) return;
      this.#waiting.delete(connection);
      connection.accept(child);
    }
  }

  /** A client connected. */
  arrive(connection: Connection): void {
    const child = this.#choose(connection);
    if (child) connection.accept(child);
    else if (this.#isClosed) connection.close();
    else {
      this.#waiting.add(connection);
      for (const tell of [...this.#whenOneWaits]) tell();
    }
  }

  /** Resolves the next time that a connection has to wait. */
  whenOneWaits(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#whenOneWaits.delete(tell);
        signal.removeEventListener('abort', abort);
      };
      const tell = (): void => {
        end();
        resolve();
      };
      const abort = (): void => {
        end();
        reject(signal.reason);
      };
      this.#whenOneWaits.add(tell);
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
    });
  }

  /** The server stops: nobody will accept what still waits. */
  end(): void {
    this.#isClosed = true;
    for (const connection of this.#waiting) connection.close();
    this.#waiting.clear();
  }

  #choose(connection: Connection): Child | null {
    const [first] = this.#accepting;
    // One child leaves nothing to choose.
    if (this.#accepting.length === 1) return first?.hasFreeThread ? first : null;
    const chosen = this.#choice(this.#accepting, this.#last, connection);
    if (!chosen) return null;
    chosen.lastTurn = ++this.#turn;
    this.#last = chosen.serial;
    return chosen;
  }
}
