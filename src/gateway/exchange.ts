/** One HTTP request on its way to a Python thread, and its response on the way back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RoutedMount } from '../../spec/route.ts';
import type { ProcessId, RequestId } from '../../spec/vocabulary.ts';
import { asLatin1, decodeHead, endFlags } from './frames.ts';
import type { Slot, SlotListener } from './slot.ts';

/** What a request needs from the dispatcher that carries it. */
export interface Carrier {
  /** What a client gets whose request was lost with its process. */
  readonly lostStatus: number;
  /** The process refused the request, or was gone before it could read it. */
  again(exchange: Exchange, because: 'script-changed' | 'not-delivered'): void;
  loaded(exchange: Exchange, script: string, again: boolean): void;
  failed(exchange: Exchange, script: string, error: string): void;
  scriptChanged(exchange: Exchange, script: string): void;
}

export class Exchange implements SlotListener {
  readonly id: RequestId | null;
  readonly mount: RoutedMount;
  /** What the thread is told: fields and environ, separated by NUL; see `python/host.py`. */
  readonly payload: string;
  /** Whether it uses up a process's allowance: a daemon process counts requests, a child connections. */
  readonly counts: boolean;
  /** The process that has it, once one has. */
  process: ProcessId | null = null;
  /** How often a process refused it. */
  refusals = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #carrier: Carrier;
  #slot: Slot | null = null;
  #sendsBody = false;
  #clientIsGone = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    id: RequestId | null,
    mount: RoutedMount,
    file: string,
    environ: readonly string[],
    carrier: Carrier,
  ) {
    this.id = id;
    this.mount = mount;
    this.#request = request;
    this.#response = response;
    this.#carrier = carrier;
    const names = [mount.script, file, mount.callable].map(asLatin1);
    const fields = [...names, flag(mount.scriptReloading), flag(hasBody(request)), 'http'];
    this.payload = `${fields.join('\0')}\0${environ.join('\0')}`;
    this.counts = mount.processGroup !== '' || !countedConnections.has(request.socket);
    if (mount.processGroup === '') countedConnections.add(request.socket);
    response.on('close', () => {
      this.#clientIsGone = !response.writableFinished;
      this.#slot?.resume();
      this.#endBody(true);
    });
  }

  /** The address of the client, as far as the connection is still there. */
  get client(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  get clientIsGone(): boolean {
    return this.#clientIsGone;
  }

  given(slot: Slot): void {
    this.#slot = slot;
  }

  onHead(head: Buffer): void {
    const { status, reason, headers } = decodeHead(head);
    if (!this.#clientIsGone) this.#response.writeHead(status, reason, headers);
  }

  onBody(block: Buffer): void {
    if (this.#clientIsGone) return;
    const slot = this.#slot;
    if (this.#response.write(Buffer.from(block)) || !slot) return;
    slot.pause();
    this.#response.once('drain', () => slot.resume());
  }

  onEnd(flags: number): void {
    this.#endBody(false);
    const cut =
      (flags & endFlags.broken) !== 0 || ((flags & endFlags.bodyTooShort) !== 0 && this.#request.method !== 'HEAD');
    this.#finish(() => (cut ? this.#response.destroy() : this.#response.end()));
  }

  onWhole(head: Buffer, body: Buffer): void {
    this.#endBody(false);
    const { status, reason, headers } = decodeHead(head);
    const hasLength = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length');
    if (!hasLength && status !== 204 && status !== 304 && status >= 200)
      headers.push('Content-Length', String(body.length));
    this.#finish(() => {
      this.#response.writeHead(status, reason, headers);
      this.#response.end(Buffer.from(body));
    });
  }

  onContinue(): void {
    const slot = this.#slot;
    if (!slot) return;
    if (this.#clientIsGone) {
      slot.endBody(true);
      return;
    }
    this.#sendsBody = true;
    if (this.#request.headers.expect?.toLowerCase() === '100-continue') this.#response.writeContinue();
    this.#request.on('data', (block: Buffer) => {
      if (!this.#sendsBody || slot.sendBody(block)) return;
      this.#request.pause();
      slot.onceWritable(() => this.#request.resume());
    });
    this.#request.on('end', () => this.#endBody(false));
  }

  onServerAnswer(status: number): void {
    this.#endBody(false);
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
    this.#carrier.scriptChanged(this, script);
    this.#carrier.again(this, 'script-changed');
  }

  onLost(untouched: boolean): void {
    this.#slot = null;
    this.#sendsBody = false;
    if (untouched) this.#carrier.again(this, 'not-delivered');
    else if (this.#response.headersSent) this.#response.destroy();
    else this.answer(this.#carrier.lostStatus);
  }

  /** Answers in the server's own name. */
  answer(status: number): void {
    this.#finish(() => {
      const text = `${status} ${STATUS_CODES[status] ?? ''}\n`;
      this.#response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length });
      this.#response.end(text);
    });
  }

  #finish(respond: () => void): void {
    this.#slot = null;
    if (!this.#clientIsGone) respond();
  }

  #endBody(cutShort: boolean): void {
    if (!this.#sendsBody) return;
    this.#sendsBody = false;
    this.#slot?.endBody(cutShort);
    this.#request.resume(); // What the application did not read is read and dropped.
  }
}

/** Connections on which an embedded application was asked before. */
const countedConnections = new WeakSet<Socket>();

const flag = (value: boolean): string => (value ? '1' : '0');

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
