/** The frames between the gateway and one Python thread; `python/host.py` names and describes each kind. */

/** Length of what follows (4 bytes, big endian), then the kind (1 byte, ASCII). */
const headerLength = 5;

/** Only body blocks are large; a longer frame of another kind is no frame. In bytes. */
const longestFrame = 1 << 24;

const body = 'B'.charCodeAt(0);

/** One frame, ready to be written. Text is Latin-1, as WSGI has it. */
export function encodeFrame(kind: string, payload: string | Uint8Array = ''): Buffer {
  const size = typeof payload === 'string' ? payload.length : payload.byteLength;
  const frame = Buffer.allocUnsafe(headerLength + size);
  frame.writeUInt32BE(size, 0);
  frame[4] = kind.charCodeAt(0);
  if (typeof payload === 'string') frame.write(payload, headerLength, 'latin1');
  else frame.set(payload, headerLength);
  return frame;
}

/** What stands before a payload of `size` bytes. */
export function frameHeader(kind: string, size: number): Buffer {
  const header = Buffer.allocUnsafe(headerLength);
  header.writeUInt32BE(size, 0);
  header[4] = kind.charCodeAt(0);
  return header;
}

/** One frame of Latin-1 text as text: a short string is written without a copy in between. */
export function encodeText(kind: string, payload: string): string {
  const { length } = payload;
  return String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255) + kind + payload;
}

/** Gets a frame, or a piece of a body. @returns whether it keeps the payload, which is overwritten otherwise. */
type TakeFrame = (kind: number, payload: Buffer) => boolean;

/**
 * Cuts a stream of blocks into frames. Of a body frame nothing is kept: its payload is passed on in the pieces in which it
 * comes, so that the size of an application's blocks costs no memory here.
 */
export class FrameReader {
  /** A header that is not whole yet. */
  #header: Buffer | null = null;
  /** A frame that is not whole yet, with room for all of it. */
  #frame: Buffer | null = null;
  #filled = 0;
  #bodyLeft = 0;

  /**
   * Calls `take` with every frame that is whole by now, and with every piece of a body frame.
   * @returns whether some of the block is kept.
   * @throws Error where no frame can be.
   */
  read(block: Buffer, take: TakeFrame): boolean {
    let bytes = this.#header === null ? block : Buffer.concat([this.#header, block]);
    this.#header = null;
    let isKept = false;
    if (this.#frame !== null) bytes = this.#fill(this.#frame, bytes, take);
    for (;;) {
      if (this.#bodyLeft > 0) {
        if (bytes.length === 0) return isKept;
        const piece = bytes.length > this.#bodyLeft ? bytes.subarray(0, this.#bodyLeft) : bytes;
        this.#bodyLeft -= piece.length;
        if (take(body, piece)) isKept = true;
        bytes = bytes.subarray(piece.length);
      } else if (bytes.length < headerLength) {
        if (bytes.length > 0) this.#header = Buffer.from(bytes);
        return isKept;
      } else if (bytes[4] === body) {
        this.#bodyLeft = bytes.readUInt32BE(0);
        bytes = bytes.subarray(headerLength);
      } else {
        const size = bytes.readUInt32BE(0);
        if (size > longestFrame) throw new Error(`a frame of ${size} bytes from a Python thread`);
        const end = headerLength + size;
        if (bytes.length < end) {
          this.#frame = Buffer.allocUnsafe(end);
          this.#filled = bytes.copy(this.#frame);
          return isKept;
        }
        if (take(bytes[4] ?? 0, bytes.subarray(headerLength, end))) isKept = true;
        bytes = bytes.subarray(end);
      }
    }
  }

  /** @returns what comes behind the frame. */
  #fill(frame: Buffer, bytes: Buffer, take: TakeFrame): Buffer {
    const count = bytes.copy(frame, this.#filled);
    this.#filled += count;
    if (this.#filled === frame.length) {
      this.#frame = null;
      take(frame[4] ?? 0, frame.subarray(headerLength));
    }
    return bytes.subarray(count);
  }
}

/** Splits a head frame: status code, reason, then header names and values in turn. */
export function decodeHead(payload: Buffer): { status: number; reason: string; headers: string[] } {
  const [line = '', ...headers] = payload.toString('latin1').split('\0');
  return { status: Number(line.slice(0, 3)), reason: line.slice(4), headers };
}

/** Text from a configuration as WSGI carries it: its UTF-8 bytes, one character each. */
export const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1');
