/** The frames between the gateway and one Python thread; `python/host.py` names and describes each kind. */

/** Length of what follows (4 bytes, big endian), then the kind (1 byte, ASCII). */
const headerLength = 5;

export const endFlags = { bodyTooShort: 1, broken: 2 } as const;

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

/** Cuts a stream of blocks into frames. */
export class FrameReader {
  #rest: Buffer | null = null;

  /** Calls `take` with every frame that is whole by now; a payload is a view that is valid until the next block. */
  read(block: Buffer, take: (kind: number, payload: Buffer) => void): void {
    let bytes = this.#rest === null ? block : Buffer.concat([this.#rest, block]);
    while (bytes.length >= headerLength) {
      const end = headerLength + bytes.readUInt32BE(0);
      if (bytes.length < end) break;
      take(bytes[4] ?? 0, bytes.subarray(headerLength, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes.length === 0 ? null : bytes;
  }
}

/** Splits a head frame: status code, reason, then header names and values in turn. */
export function decodeHead(payload: Buffer): { status: number; reason: string; headers: string[] } {
  const [line = '', ...headers] = payload.toString('latin1').split('\0');
  return { status: Number(line.slice(0, 3)), reason: line.slice(4), headers };
}

/** Text from a configuration as WSGI carries it: its UTF-8 bytes, one character each. */
export const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1');
