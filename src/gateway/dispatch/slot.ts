/** One thread of one interpreter, as the gateway sees it: a connection that carries one request at a time. */
import type { Socket } from 'node:net';
import type { ApplicationGroup } from '../../../spec/vocabulary.ts';
import type { Lender } from '../processes/lender.ts';
import { encodeFrame, encodeText, FrameReader, frameHeader } from './frames.ts';
import type { Payload } from './request-payload.ts';
import type { SlotConnection } from './slot-connection.ts';

/** What a thread says about the request it was given. */
export interface SlotListener {
  onHead(head: Buffer): void;
  /** A piece of the body, not always a whole block of the application's. @returns whether it is still needed afterwards. */
  onBody(piece: Buffer): boolean;
  onEnd(flags: number): void;
  /** A whole response in one frame. @returns whether its body is still needed afterwards. */
  onWhole(head: Buffer, body: Buffer): boolean;
  /** The application reads the request body: send it. */
  onContinue(): void;
  /** There is much more to come: the thread would write it to the client's connection itself. It waits for the answer. */
  onClientWanted(): void;
  /** Bytes of the body that the thread has written to the client's connection so far. */
  onProgress(bytes: number): void;
  /** Bytes of the request's body that the thread has read from the client's connection so far, and whether it waits for more. */
  onRead(bytes: number, isAwaited: boolean): void;
  /** The client's connection is not read over there any more. What is still to come of the body is sent to the thread. */
  onGivenBack(bytes: number): void;
  /** The server itself answers, without the application. */
  onServerAnswer(status: number): void;
  onLoaded(script: string, again: boolean): void;
  onFailed(script: string, error: string): void;
  /** The script changed and the process will not run it: the request must go elsewhere. */
  onRejected(script: string): void;
  /** The connection is gone in the middle of the request. `untouched`: the process cannot have read the request. */
  onLost(untouched: boolean): void;
}

const kindOf = (kind: string): number => kind.charCodeAt(0);
const kinds = {
  head: kindOf('H'),
  body: kindOf('B'),
  end: kindOf('E'),
  whole: kindOf('W'),
  loaded: kindOf('L'),
  loadedAgain: kindOf('A'),
  failed: kindOf('F'),
  rejected: kindOf('R'),
  proceed: kindOf('C'),
  serverAnswer: kindOf('N'),
  clientWanted: kindOf('D'),
  progress: kindOf('S'),
  read: kindOf('V'),
  givenBack: kindOf('U'),
} as const;

/** After these the thread waits for its next request. */
const lastKinds: ReadonlySet<number> = new Set([kinds.whole, kinds.end, kinds.rejected, kinds.serverAnswer]);

/** Told when a thread is done with a request; null where the request alone keeps the thread: in a daemon process. */
export type WhenDone = (() => void) | null;

/** Bytes of a request's body that may wait for a slow thread: enough that neither side stands still for the other. */
const mostUnread = 512 * 1024;

export class Slot {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #onFree: (whenDone: WhenDone) => void;
  readonly #onUnreadable: (why: string) => void;
  readonly #lender: Lender;
  readonly applicationGroup: ApplicationGroup;
  /** As Python names it. */
  readonly thread: string;
  #listener: SlotListener | null = null;
  #whenDone: WhenDone = null;
  #heard = false;
  /** What the thread was last told of a route. */
  #route = '';
  #writeFailed = false;

  /**
   * @param onFree - Called when the thread is done with its request and can take another.
   * @param onClose - Called once, when the connection is gone; a request in progress has then been told so. `unfinished`:
   * the thread is still at that request, and connects anew when it is done with it.
   * @param onUnreadable - Called when the thread's bytes make no sense; its connection is then closed.
   */
  constructor(
    connection: SlotConnection,
    applicationGroup: ApplicationGroup,
    onFree: (whenDone: WhenDone) => void,
    onClose: (unfinished: { readonly whenDone: WhenDone } | null) => void,
    onUnreadable: (why: string) => void,
    lender: Lender,
  ) {
    const { socket } = connection;
    this.#socket = socket;
    this.#onFree = onFree;
    this.#onUnreadable = onUnreadable;
    this.#lender = lender;
    this.applicationGroup = applicationGroup;
    this.thread = connection.thread;
    const take = (kind: number, payload: Buffer): boolean => this.#take(kind, payload);
    connection.take = (block) => {
      try {
        return this.#frames.read(block, take);
      } catch (error) {
        this.#break(String(error));
        return true;
      }
    };
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#writeFailed = error.code === 'EPIPE';
    });
    socket.on('close', () => {
      const listener = this.#listener;
      this.#listener = null;
      listener?.onLost(this.#writeFailed && !this.#heard);
      onClose(listener ? { whenDone: this.#whenDone } : null);
    });
  }

  /** When its request began, where somebody asks for that. */
  since = 0;
  /** When RequestTimeout was raised in its request; null before that. */
  interruptedAt: number | null = null;
  /** Requests it was given, this one included. */
  requests = 0;

  /** Bytes sent and received so far. */
  get bytes(): number {
    return this.#socket.bytesRead + this.#socket.bytesWritten;
  }

  get isBusy(): boolean {
    return this.#listener !== null;
  }

  /** Hands a request to the thread, and its route first where that is another one than the last request's. */
  send(payload: Payload, whenDone: WhenDone, listener: SlotListener): void {
    this.#listener = listener;
    this.#whenDone = whenDone;
    this.#heard = false;
    this.requests++;
    const { route, request } = payload;
    const told = route === this.#route ? '' : encodeText('P', route);
    this.#route = route;
    this.#socket.write(told + encodeText('Q', request), 'latin1');
  }

  /** @returns false when the thread is slower than the client: wait for {@link onceWritable}. */
  sendBody(block: Uint8Array): boolean {
    // Written together, and the block without a copy.
    this.#socket.cork();
    this.#socket.write(frameHeader('B', block.byteLength));
    const isTaken = this.#socket.write(block);
    this.#socket.uncork();
    return isTaken || this.#socket.writableLength < mostUnread;
  }

  /** Ends the request body. */
  endBody(): void {
    this.#socket.write(encodeFrame('E'));
  }

  /**
   * Lends the client's connection to the thread, which asked for it and waits: nothing may be written to it any more before
   * the response has ended.
   * @param isChunked - Whether the thread writes chunks; the last one is not its own.
   */
  lend(client: Socket, isChunked: boolean): void {
    this.#lend(client, (descriptor) =>
      this.#socket.write(
        descriptor === null
          ? encodeFrame('K')
          : encodeFrame('T', `${descriptor} ${isChunked ? 1 : 0} ${client.timeout ?? 0}`),
      ),
    );
  }

  /**
   * Lends the client's connection to the thread, which reads the body of its request: nothing may be read from it any more
   * before the thread has given it back, or is done with the request: then it has read nothing from it.
   * @param left - Bytes of the body that are still to come.
   * @param whenNot - Called where the process takes no connection.
   */
  lendBody(client: Socket, left: number, whenNot: () => void): void {
    this.#lend(client, (descriptor) => {
      if (descriptor === null) whenNot();
      else this.#socket.write(encodeFrame('G', `${descriptor} ${left}`));
    });
  }

  #lend(client: Socket, whenLent: (descriptor: number | null) => void): void {
    const { requests } = this;
    this.#lender.lend(client, (descriptor) => {
      // Its client was gone before it had the connection, or it needed none.
      const isLate = this.#socket.destroyed || this.#listener === null || this.requests !== requests;
      if (!isLate) whenLent(descriptor);
      else if (descriptor !== null) this.#lender.takeBack(descriptor);
    });
  }

  onceWritable(resume: () => void): void {
    this.#socket.once('drain', resume);
  }

  /** Lets the thread wait when the client is slower than the application. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  get isPaused(): boolean {
    return this.#socket.isPaused();
  }

  /** Tells an idle thread to end; a busy one is told when it is free. */
  close(): void {
    this.#socket.end(encodeFrame('X'));
  }

  /**
   * Ends the connection at once. A thread in the middle of a request finds it closed when it reads or writes next, even if
   * it waits in a write already, and connects anew.
   */
  destroy(): void {
    this.#socket.destroy();
  }

  /** @returns whether the payload is still needed afterwards. */
  #take(kind: number, payload: Buffer): boolean {
    const listener = this.#listener;
    // What was read together with the frame that ended the connection is for nobody.
    if (!listener || this.#socket.destroyed) return false;
    this.#heard = true;
    if (!lastKinds.has(kind)) return this.#tell(listener, kind, payload);
    this.#listener = null;
    // A client slower than the last block leaves the connection paused, and a response that has ended drains no more.
    if (this.#socket.isPaused()) this.#socket.resume();
    try {
      return this.#tell(listener, kind, payload);
    } finally {
      // The thread gets its next request only now that this one's end has been heard.
      this.#onFree(this.#whenDone);
    }
  }

  #tell(listener: SlotListener, kind: number, payload: Buffer): boolean {
    switch (kind) {
      case kinds.whole: {
        const end = 4 + payload.readUInt32BE(0);
        return listener.onWhole(payload.subarray(4, end), payload.subarray(end));
      }
      case kinds.head:
        listener.onHead(payload);
        break;
      case kinds.body:
        return listener.onBody(payload);
      case kinds.end:
        listener.onEnd(payload[0] ?? 0);
        break;
      case kinds.proceed:
        listener.onContinue();
        break;
      case kinds.clientWanted:
        listener.onClientWanted();
        break;
      case kinds.progress:
        listener.onProgress(Number(payload.toString('latin1')));
        break;
      case kinds.read: {
        const [bytes, isAwaited] = payload.toString('latin1').split(' ');
        listener.onRead(Number(bytes), isAwaited === '1');
        break;
      }
      case kinds.givenBack:
        listener.onGivenBack(Number(payload.toString('latin1')));
        break;
      case kinds.loaded:
      case kinds.loadedAgain:
        listener.onLoaded(payload.toString(), kind === kinds.loadedAgain);
        break;
      case kinds.failed: {
        const [script = '', error = ''] = payload.toString().split('\0');
        listener.onFailed(script, error);
        break;
      }
      case kinds.rejected:
        listener.onRejected(payload.toString());
        break;
      case kinds.serverAnswer:
        listener.onServerAnswer(Number(payload.toString('latin1')));
        break;
      default:
        this.#break(`a frame of kind ${kind}`);
    }
    return false;
  }

  /** An application reached into the connection of its thread, or wrote from two threads at once. */
  #break(why: string): void {
    if (this.#socket.destroyed) return;
    this.#onUnreadable(why);
    this.#socket.destroy();
  }
}
