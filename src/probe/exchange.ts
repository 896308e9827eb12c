/** One HTTP request and its response. */
import { type Agent, request as httpRequest } from 'node:http';
import type { Address } from '../../spec/trace.ts';

/** How an exchange ended: the client has a whole response, or it has none. */
export type Outcome =
  | { readonly kind: 'finished'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Exchange {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Whether its connection had carried another request, as far as that is known. */
  readonly isReused: () => boolean;
  /** Closes the connection; the outcome is then settled: `failed` unless it was known already. */
  abandon(): void;
}

/**
 * Sends a request as a client of that address would, to the place where the server really listens.
 * @param to - `path` is decoded; it is percent-encoded here. `host` and `port` make the Host header.
 */
export function sendRequest(
  to: Address,
  connect: { readonly host: string; readonly port: number },
  headers: Readonly<Record<string, string>>,
  /** Keeps the connection, and uses one that it kept; false is a connection of its own. */
  agent: Agent | false = false,
  /** Sends a body of this length in bytes, by POST; null is a GET. */
  body: number | null = null,
): Exchange {
  const request = httpRequest({
    ...connect,
    method: body === null ? 'GET' : 'POST',
    // More than any rule asks a server to answer with.
    maxHeaderSize: 1 << 20,
    path: pathOf(to),
    headers: {
      host: hostHeader(to),
      connection: agent ? 'keep-alive' : 'close',
      ...(body !== null && { 'content-length': body }),
      ...headers,
    },
    agent,
  });
  let abandon = (): void => {};
  const outcome = new Promise<Outcome>((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ kind: 'failed', reason: error.code ?? error.message });
    abandon = () => {
      resolve({ kind: 'failed', reason: 'abandoned' });
      request.destroy();
    };
    request.on('error', fail);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('error', fail);
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ kind: 'finished', status: response.statusCode ?? 0, body }));
    });
  });
  request.end(body === null ? undefined : Buffer.alloc(body, 'x'));
  return { outcome, isReused: () => request.reusedSocket, abandon };
}

/** The target of a request line. */
export const pathOf = (to: Address): string => to.path.split('/').map(encodeURIComponent).join('/');

/** Clients leave the port out where it is the scheme's own. Source: RFC 9110, section 4.2.3 and 7.2. */
export const hostHeader = (to: Address): string => (to.port === 80 ? to.host : `${to.host}:${to.port}`);
