/**
 * Bodies of requests that a process reads from the client's own connection, past Node: how much, whether it waits for more,
 * and how the reader of requests here passes over them.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

interface Reading {
  /** Of earlier requests on the same connection. */
  before: number;
  /** Of the present one. */
  bytes: number;
  isAwaited: boolean;
}
const readings = new WeakMap<Socket, Reading>();

/** Bytes that have come in on a connection, whoever read them. */
export function bytesReadFrom(socket: Socket): number {
  const reading = readings.get(socket);
  return socket.bytesRead + (reading ? reading.before + reading.bytes : 0);
}

/** Whether a process waits for more of a body. */
export const isAwaitedElsewhere = (socket: Socket): boolean => readings.get(socket)?.isAwaited ?? false;

/**
 * Reads nothing more from a connection in the middle of a body.
 * @param whenStopped - Given what had come in and nobody has read so far.
 */
export function stopReading(request: IncomingMessage, whenStopped: (block: Buffer | null) => void): void {
  const block: Buffer | null = request.read();
  // With this Node has begun to read on, in the next tick.
  process.nextTick(() => {
    request.socket.pause();
    whenStopped(block);
  });
}

/** A process has read so much of the body by now. */
export function readElsewhere({ socket }: IncomingMessage, bytes: number, isAwaited: boolean): void {
  const reading = readings.get(socket) ?? { before: 0, bytes: 0, isAwaited };
  readings.set(socket, reading);
  reading.bytes = bytes;
  reading.isAwaited = isAwaited;
  // Something has moved on it.
  socket.setTimeout(socket.timeout ?? 0);
}

/** Node's parser of a connection, as lib/_http_common.js makes it: a function for bodies stands at a number that its class names. */
interface Parser {
  [at: number]: unknown;
  readonly constructor: { readonly kOnBody?: number };
}
const parserOf = (socket: Socket): Parser | null => Reflect.get(socket, 'parser') ?? null;

/**
 * Whether {@link readOn} is possible. Not while Node holds requests back because the client takes no responses: it reads on by
 * itself then. Source: lib/_http_server.js, socketOnDrain.
 */
export const canReadOn = (socket: Socket): boolean =>
  parserOf(socket)?.constructor.kOnBody !== undefined && Reflect.get(socket, '_paused') !== true;

/** What the parser is given in place of what it has not seen. */
const filler = Buffer.alloc(1 << 20);

/**
 * No process reads the body any more. The parser passes over as much as one has read, and nobody hears of that; then Node
 * reads what is still to come.
 */
export function readOn(request: IncomingMessage, bytes: number): void {
  const { socket } = request;
  readElsewhere(request, bytes, false);
  const reading = readings.get(socket);
  if (reading) {
    reading.before += bytes;
    reading.bytes = 0;
  }
  const parser = parserOf(socket);
  const at = parser?.constructor.kOnBody;
  if (parser === null || at === undefined) return; // The connection has just ended.
  const onBody = parser[at];
  parser[at] = null;
  for (let left = bytes; left > 0; left -= filler.length) socket.emit('data', filler.subarray(0, left));
  parser[at] = onBody;
  socket.resume();
  request.resume();
}
