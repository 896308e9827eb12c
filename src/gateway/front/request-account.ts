/** What is known of one request when it is over: what access logs and counters are written from. */
import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { RoutedMount } from '../../../spec/routing/route.ts';
import type { ProcessId } from '../../../spec/vocabulary.ts';

export interface RequestAccount {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The configured port on which it came in. */
  readonly port: number;
  /** When it came in, on the clock of `performance.now()`, in ms. */
  readonly began: number;
  /** Asked at the beginning: a connection that is gone has none of it. */
  readonly client: ClientPlace;
  /** The application it was for; null where the server itself answered. */
  mount: Pick<RoutedMount, 'host' | 'script' | 'processGroup'> | null;
  /** Who had it last; null while no process has. */
  carriedBy: { readonly process: ProcessId | null } | null;
}

/** Both ends of the client's connection. */
export interface ClientPlace {
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** Hears of each request when its response is sent or its client is gone. */
export type RequestAccounts = (account: RequestAccount) => void;

export function openAccount(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  close: RequestAccounts,
): RequestAccount {
  const { remoteAddress = '-', remotePort = 0, localAddress = '-', localPort = 0 } = request.socket;
  const account = {
    request,
    response,
    port,
    began: performance.now(),
    client: { address: plain(remoteAddress), port: remotePort, localAddress: plain(localAddress), localPort },
    mount: null,
    carriedBy: null,
  };
  response.once('close', () => close(account));
  return account;
}

/** An IPv4 address, also where an IPv6 socket took the connection. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

type Done = (error?: Error | null) => void;
type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** A response that remembers what was sent. Node keeps neither the length of a body nor headers written as a list. */
export class AccountedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** Of its body, what a Python thread wrote to the client's connection itself. */
  bytesSentElsewhere = 0;
  #bytes = 0;
  #written: Headers | undefined;

  get bodyBytes(): number {
    return this.#bytes + this.bytesSentElsewhere;
  }

  /** A header that was sent, several of one name joined; undefined where there is none. */
  sentHeader(name: string): string | undefined {
    const value = Array.isArray(this.#written)
      ? listed(this.#written, name)
      : (ofName(this.#written, name) ?? this.getHeader(name));
    return value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value);
  }

  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    this.#written = typeof reason === 'object' ? reason : headers;
    return typeof reason === 'string' ? super.writeHead(status, reason, headers) : super.writeHead(status, reason);
  }

  override write(block: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    this.#count(block, encoding);
    return typeof encoding === 'string' ? super.write(block, encoding, done) : super.write(block, encoding);
  }

  override end(block?: unknown, encoding?: BufferEncoding | (() => void), done?: () => void): this {
    if (typeof block === 'string' || block instanceof Uint8Array) this.#count(block, encoding);
    if (typeof block === 'function') return super.end(block as () => void);
    return typeof encoding === 'string' ? super.end(block, encoding, done) : super.end(block, encoding);
  }

  #count(block: unknown, encoding: unknown): void {
    if (this.req.method === 'HEAD' || this.statusCode === 204 || this.statusCode === 304) return;
    this.#bytes +=
      typeof block === 'string'
        ? Buffer.byteLength(block, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : (block as Uint8Array).byteLength;
  }
}

/** Names and values in turn, or pairs. */
function listed(headers: OutgoingHttpHeader[], name: string): string[] | undefined {
  const flat = headers.flat();
  const values = flat.filter((_, index) => index % 2 === 1 && String(flat[index - 1]).toLowerCase() === name);
  return values.length === 0 ? undefined : values.map(String);
}

const ofName = (headers: OutgoingHttpHeaders | undefined, name: string): OutgoingHttpHeader | undefined =>
  Object.entries(headers ?? {}).find(([written]) => written.toLowerCase() === name)?.[1];
