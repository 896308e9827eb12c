/**
 * Lends clients' connections to a process, over the channel on which it has its orders: what an application sends a lot of
 * need not pass through here. Node sends descriptors on such a channel alone, one after the other.
 */
import type { ChildProcess, SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';

/** The descriptor of the process, which a thread then uses; null where it got none. */
type WhenLent = (descriptor: number | null) => void;

export class Lender {
  readonly #child: ChildProcess;
  readonly #whenLent = new Map<number, WhenLent>();
  #lent = 0;
  #isClosed = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param whenLent - Called once, unless the process ends before. */
  lend(client: Socket, whenLent: WhenLent): void {
    const handle = handleOf(client);
    if (handle === undefined || this.#isClosed || !this.#child.connected) {
      whenLent(null);
      return;
    }
    const key = ++this.#lent;
    this.#whenLent.set(key, whenLent);
    this.#child.send({ key }, handle, (error) => {
      if (error) this.arrived(key, null);
    });
  }

  /** The process has a descriptor; it acknowledged that to Node by itself. */
  arrived(key: number, descriptor: number | null): void {
    const whenLent = this.#whenLent.get(key);
    this.#whenLent.delete(key);
    whenLent?.(descriptor);
  }

  /** No thread uses a descriptor that has arrived. */
  takeBack(descriptor: number): void {
    if (this.#child.connected) this.#child.send({ do: 'close-descriptor', descriptor }, () => {});
  }

  /** Nobody over there listens any more: the process waits for its threads. */
  close(): void {
    this.#isClosed = true;
  }
}

/**
 * What is really sent. Node could send the socket itself, but would then keep account of it for the server that it came
 * from, and ask the process how many it has. Source: Node, lib/internal/child_process.js, `handleConversion`, net.Native.
 */
const handleOf = (client: Socket): SendHandle | undefined => Reflect.get(client, '_handle') ?? undefined;
