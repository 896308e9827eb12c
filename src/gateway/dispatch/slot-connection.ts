/**
 * The connection of one Python thread, as bytes. What comes in is read into memory that is used again and again: memory of
 * its own for each read would cost a short response more than the rest of its way through here.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** Bytes read at once: a response of 64 KiB with its head. */
const memorySize = 72 * 1024;

export class SlotConnection {
  readonly socket: Socket;
  /** As Python names it; said in its greeting. */
  thread = '';
  /** Takes what has come in. @returns whether it keeps some of that; else the memory is overwritten by what comes next. */
  take: (bytes: Buffer) => boolean = () => false;
  #memory = Buffer.allocUnsafeSlow(memorySize);
  #isKept = false;

  /** @param accepted - Not read from so far: {@link socket} takes its place. */
  constructor(accepted: Socket) {
    // Node reads into memory of its caller only on sockets that were made so, and a server does not make them so.
    const options: SocketConstructorOpts & { readonly handle: unknown; readonly onread: OnReadOpts } = {
      handle: Reflect.get(accepted, '_handle'),
      onread: {
        buffer: () => this.#room(),
        callback: (size) => {
          this.#isKept = this.take(this.#memory.subarray(0, size));
          return true;
        },
      },
    };
    this.socket = new Socket(options);
  }

  #room(): Buffer {
    if (this.#isKept) {
      this.#isKept = false;
      this.#memory = Buffer.allocUnsafeSlow(memorySize);
    }
    return this.#memory;
  }
}
