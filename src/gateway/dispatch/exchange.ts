/** One HTTP request on its way to a Python thread, and its response on the way back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { RoutedMount } from '../../../spec/routing/route.ts';
import type { ProcessId, RequestId } from '../../../spec/vocabulary.ts';
import { canReadOn, readElsewhere, readOn, stopReading } from '../front/read-elsewhere.ts';
import { AccountedResponse } from '../front/request-account.ts';
import { decodeHead } from './frames.ts';
import { type Payload, requestPayloadAgain } from './request-payload.ts';
import type { Watched } from './silence-watch.ts';
import type { Slot, SlotListener } from './slot.ts';

/** What a request needs from the dispatcher that carries it. */
export interface Carrier {
  /** What a client gets whose request was lost with its process. */
  readonly lostStatus: number;
  /** What stands where an application names a server; null leaves its word. */
  readonly serverName: string | null;
  /** The process refused the request, or was gone before it could read it. */
  again(exchange: Exchange, because: 'script-changed' | 'not-delivered'): void;
  loaded(exchange: Exchange, script: string, again: boolean): void;
  failed(exchange: Exchange, script: string, error: string): void;
  scriptChanged(exchange: Exchange, script: string): void;
}

/** What a request needs to know of where it leads. */
export type Destination = Pick<RoutedMount, 'processGroup' | 'applicationGroup' | 'limitRequestBody'>;

/** Bytes of a response that may wait here for a slow client: enough that neither side stands still for the other. */
const mostUnsent = 512 * 1024;

/** From how much of a request's body on it pays to let the thread read it from the client's own connection, in bytes. */
const largeBody = 256 * 1024;

/** What is copied more cheaply than sent in two parts, in bytes. */
const shortBody = 8 * 1024;

export class Exchange implements SlotListener, Watched {
  readonly id: RequestId | null;
  readonly mount: Destination;
  /** The process that has it, once one has. */
  process: ProcessId | null = null;
  /** When a worker of the server read it, in ms on the clock of the dispatcher; kept where a queue-timeout needs it. */
  readAt = 0;
  /** The longest line that a response header may have; a longer one is the application's error. */
  longestHeaderLine = Number.POSITIVE_INFINITY;
  /** How often a process refused it. */
  refusals = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #carrier: Carrier;
  readonly #payload: Payload;
  /** The request's part, once a process has refused it. */
  #again: string | null = null;
  #slot: Slot | null = null;
  #sendsBody = false;
  #clientIsGone = false;
  /** Whether the server answered in the application's place: what the thread still says is not wanted. */
  #hasGivenUp = false;
  /** Whether the application has begun to read or to answer: from then on its thread may wait for the client. */
  #isUnderWay = false;
  /** Whether the thread reads the body from the client's own connection. */
  #isReadElsewhere = false;
  /** Whether the client was told to send the body it announced. */
  #toldToContinue = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    id: RequestId | null,
    mount: Destination,
    payload: Payload,
    carrier: Carrier,
  ) {
    this.id = id;
    this.mount = mount;
    this.#request = request;
    this.#response = response;
    this.#carrier = carrier;
    this.#payload = payload;
    response.on('close', () => {
      this.#clientIsGone = !response.writableFinished;
      // Before that the thread waits for nobody, and what it may say about its script must be heard.
      if (this.#isUnwanted && this.#isUnderWay) this.#abandon();
    });
  }

  /** What the thread is told; see {@link file://./request-payload.ts}. */
  get payload(): Payload {
    return this.#again === null ? this.#payload : { ...this.#payload, request: this.#again };
  }

  /** The address of the client, as far as the connection is still there. */
  get client(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  get clientIsGone(): boolean {
    return this.#clientIsGone;
  }

  /** Bytes that have moved for it, on either side. */
  get moved(): number {
    const { bytesRead, bytesWritten } = this.#request.socket;
    return bytesRead + bytesWritten + (this.#slot?.bytes ?? 0);
  }

  /**
   * Nothing moved for socket-timeout: the server gives up, the thread does not. One that waits is run all the same. Source:
   * mod_wsgi 4.9.4, wsgi_scan_headers and wsgi_transfer_response. There a response in chunks is ended as if it were whole
   * (probed with Apache 2.4.71); here the connection is closed, so that the client can tell.
   */
  onSilence(): void {
    const slot = this.#slot;
    if (this.#response.headersSent) this.#cutOff();
    else this.answer(504);
    this.#slot = slot;
    this.#hasGivenUp = true;
  }

  /**
   * A child passes the body on to a daemon process before it hears of the application, and so asks the client for it.
   * Source: mod_wsgi 4.9.4, wsgi_execute_remote; probed with Apache 2.4.71.
   */
  given(slot: Slot): void {
    this.#slot = slot;
    if (this.mount.processGroup !== '') this.#tellToContinue();
  }

  onHead(head: Buffer): void {
    this.#isUnderWay = true;
    if (this.#isUnwanted) this.#abandon();
    else if (!this.#writeHead(head)) this.#giveUp();
  }

  onBody(piece: Buffer): boolean {
    const slot = this.#slot;
    if (this.#isUnwanted || !slot) return false;
    // Node writes it at the end of this turn.
    if (this.#response.write(piece) || slot.isPaused || this.#response.writableLength < mostUnsent) return true;
    slot.pause();
    this.#response.once('drain', () => {
      if (slot === this.#slot) slot.resume();
    });
    return true;
  }

  onEnd(flags: number): void {
    this.#endBody();
    this.#finish(() => (flags === 0 ? this.#response.end() : this.#cutOff()));
  }

  onWhole(head: Buffer, body: Buffer): boolean {
    const { socket } = this.#response;
    this.#endBody();
    this.#finish(() => {
      if (!this.#writeHead(head)) this.answer(500);
      // A short text is joined with its head, and is one write.
      else if (body.length <= shortBody) this.#response.end(body.toString('latin1'), 'latin1');
      else this.#response.end(body);
    });
    return socket === null || socket.writableLength > 0;
  }

  onContinue(): void {
    const slot = this.#slot;
    if (!slot) return;
    this.#isUnderWay = true;
    if (this.#isUnwanted) {
      this.#abandon();
      return;
    }
    this.#sendsBody = true;
    this.#tellToContinue();
    const left = Number(this.#request.headers['content-length'] ?? 0) - this.#request.readableLength;
    if (left < largeBody || !canReadOn(this.#request.socket)) this.#sendBody(slot);
    else this.#lendBody(slot, left);
  }

  #sendBody(slot: Slot): void {
    const { limitRequestBody } = this.mount;
    let read = 0;
    this.#request.on('data', (block: Buffer) => {
      read += block.length;
      // A length that was announced has been looked at; chunks show theirs only now. Source: httpd 2.4, ap_http_filter.
      if (limitRequestBody > 0 && read > limitRequestBody) {
        this.#request.destroy();
        return;
      }
      if (!this.#sendsBody || slot.sendBody(block)) return;
      this.#request.pause();
      slot.onceWritable(() => this.#request.resume());
    });
    this.#request.on('end', () => this.#endBody());
  }

  #lendBody(slot: Slot, left: number): void {
    const { socket } = this.#request;
    this.#isReadElsewhere = true;
    stopReading(this.#request, (block) => {
      if (!this.#isReadElsewhere || slot !== this.#slot) return;
      if (block) slot.sendBody(block);
      slot.lendBody(socket, left, () => this.onGivenBack(0));
    });
  }

  onRead(bytes: number, isAwaited: boolean): void {
    readElsewhere(this.#request, bytes, isAwaited);
  }

  onGivenBack(bytes: number): void {
    const slot = this.#slot;
    this.#isReadElsewhere = false;
    if (this.#isUnwanted || !slot) return;
    readOn(this.#request, bytes);
    // Of a body that it has read to its end the thread knows that.
    if (this.#request.complete) this.#sendsBody = false;
    else this.#sendBody(slot);
  }

  onClientWanted(): void {
    const slot = this.#slot;
    const { socket, chunkedEncoding } = this.#response;
    if (this.#isUnwanted || !slot || !socket) {
      this.#abandon();
      return;
    }
    this.#response.flushHeaders();
    // The thread may write when everything before it has been written.
    socket.write('', () => {
      if (slot === this.#slot && !this.#isUnwanted) slot.lend(socket, chunkedEncoding);
    });
  }

  onProgress(bytes: number): void {
    if (this.#response instanceof AccountedResponse) this.#response.bytesSentElsewhere = bytes;
  }

  onServerAnswer(status: number): void {
    this.#endBody();
    this.answer(status);
  }

  onLoaded(script: string, again: boolean): void {
    this.#carrier.loaded(this, script, again);
  }

  onFailed(script: string, error: string): void {
    this.#carrier.failed(this, script, error);
  }

  onRejected(script: string): void {
    this.#slot = null;
    this.refusals++;
    this.#again = requestPayloadAgain(this.#payload.request, this.refusals);
    this.#carrier.scriptChanged(this, script);
    this.#carrier.again(this, 'script-changed');
  }

  onLost(untouched: boolean): void {
    this.#slot = null;
    this.#sendsBody = false;
    if (this.#isReadElsewhere) readOn(this.#request, 0); // Nobody knows how much of the body is left.
    if (this.#isUnwanted) return;
    if (untouched) this.#carrier.again(this, 'not-delivered');
    // A child carries the connection as well: with the one the other is gone.
    else if (this.#response.headersSent || this.mount.processGroup === '') this.#cutOff();
    else this.answer(this.#carrier.lostStatus);
  }

  /** The process that carries the connection is gone. */
  abort(): void {
    this.#slot = null;
    this.#cutOff();
  }

  /** Answers in the server's own name. */
  answer(status: number): void {
    this.#finish(() => {
      const text = `${status} ${STATUS_CODES[status] ?? ''}\n`;
      this.#closeIfUncertain();
      this.#response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length });
      this.#response.end(text);
    });
  }

  /** Nobody waits for the response any more. */
  get #isUnwanted(): boolean {
    return this.#clientIsGone || this.#hasGivenUp;
  }

  #finish(respond: () => void): void {
    this.#slot = null;
    if (!this.#isUnwanted) respond();
  }

  #endBody(): void {
    if (!this.#sendsBody) return;
    this.#sendsBody = false;
    this.#slot?.endBody();
    // What the application did not read is read and dropped.
    if (this.#isReadElsewhere) readOn(this.#request, 0);
    else this.#request.resume();
    this.#isReadElsewhere = false;
  }

  /** Nobody waits for the response any more: its thread hears so when it next reads or writes. */
  #abandon(): void {
    const slot = this.#slot;
    this.#slot = null;
    this.#sendsBody = false;
    slot?.destroy();
  }

  /** Refuses a response that Apache would not have read. */
  #giveUp(): void {
    const slot = this.#slot;
    this.answer(500);
    this.#hasGivenUp = true;
    this.#slot = slot;
    this.#abandon();
  }

  /** @returns false where a line is too long: nothing was sent then. */
  #writeHead(head: Buffer): boolean {
    const { status, reason, headers } = decodeHead(head);
    // A head that is shorter as a whole needs no closer look.
    if (head.length > this.longestHeaderLine && hasLineOver(headers, this.longestHeaderLine)) return false;
    this.#closeIfUncertain();
    const { serverName } = this.#carrier;
    if (serverName !== null) nameServer(headers, serverName);
    this.#response.writeHead(status, reason, headers);
    return true;
  }

  /** Sends what there is of a response that has no end, and closes: so the client can tell. */
  #cutOff(): void {
    const { socket } = this.#response;
    this.#response.flushHeaders();
    if (socket) socket.destroySoon();
    else this.#response.destroy();
  }

  /**
   * Only after 100 does a client surely send its body. Source: httpd 2.4, ap_set_keepalive, `expecting_100`. And what a thread
   * has read of one without a word of it, nobody else can tell from what follows.
   */
  #closeIfUncertain(): void {
    const isUntold = this.#request.headers.expect !== undefined && !this.#toldToContinue;
    if (isUntold || (this.#isReadElsewhere && !this.#slot)) this.#response.shouldKeepAlive = false;
  }

  /** Says 100, once: not to HTTP/1.0, and not in the middle of a response. */
  #tellToContinue(): void {
    const { headers, httpVersion } = this.#request;
    if (headers.expect === undefined || this.#toldToContinue) return;
    this.#toldToContinue =
      headers.expect.toLowerCase() === '100-continue' && httpVersion !== '1.0' && !this.#response.headersSent;
    if (this.#toldToContinue) this.#response.writeContinue();
  }
}

/** @param headers - Names and values in turn; a line is `Name: value`. */
const hasLineOver = (headers: readonly string[], limit: number): boolean =>
  headers.some((name, index) => index % 2 === 0 && name.length + 2 + (headers[index + 1] ?? '').length > limit);

/** Source: httpd 2.4, http_filters.c, basic_http_header: the server's own name stands in every response of its own. */
function nameServer(headers: string[], name: string): void {
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index]?.toLowerCase() === 'server') headers[index + 1] = name;
}
