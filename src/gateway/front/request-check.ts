/**
 * What node:http lets through and a server behind or before this one could read differently. It is asked before anything
 * else looks at a request, and looks at each header once.
 */
import type { IncomingMessage } from 'node:http';
import type { RequestLimits } from '../../../spec/serving/request-limits.ts';

/** Why a request is not taken, and with which status. */
export interface Refusal {
  readonly status: 400 | 405 | 414 | 501 | 505;
  readonly why: string;
}

/**
 * Sources: RFC 9112, sections 2.3 (version), 3.2 (host), 6.1 (a transfer coding in HTTP/1.0, or another than chunked);
 * httpd 2.4, protocol.c, read_request_line and ap_get_mime_headers_core (limits and their statuses).
 */
export function refusalOf(request: IncomingMessage, limits: RequestLimits): Refusal | null {
  const { rawHeaders, headers, httpVersionMajor, httpVersionMinor, method = '', url = '' } = request;
  if (httpVersionMajor !== 1 || httpVersionMinor > 1) return { status: 505, why: 'a version that is not HTTP/1' };
  // As under TraceEnable Off; Apache itself answers it otherwise, and no application ever hears of it.
  if (method === 'TRACE') return { status: 405, why: 'TRACE' };
  // Method, target, two spaces and `HTTP/1.1`.
  if (method.length + url.length + 10 > limits.line) return { status: 414, why: 'the request line is too long' };
  if (limits.fields > 0 && rawHeaders.length / 2 > limits.fields) return { status: 400, why: 'too many header fields' };
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length + (rawHeaders[index + 1] ?? '').length + 2 > limits.fieldSize)
      return { status: 400, why: 'a header field is too long' };
    if (name.length === 4 && name.toLowerCase() === 'host' && ++hosts > 1)
      return { status: 400, why: 'more than one Host' };
  }
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return null;
  if (httpVersionMinor === 0) return { status: 400, why: 'a Transfer-Encoding in HTTP/1.0' };
  if (headers['content-length'] !== undefined) return { status: 400, why: 'both Transfer-Encoding and Content-Length' };
  return coding.toLowerCase() === 'chunked' ? null : { status: 501, why: 'a transfer coding other than chunked' };
}

/** More than llhttp can be told to count, so that one header too many is seen. */
export const headersToKeep = (limits: RequestLimits): number => (limits.fields > 0 ? limits.fields + 1 : 0);

/**
 * The bytes of a whole head that is still read: what the limits allow together, but never more than 1 MiB, which is
 * what one connection may cost in memory before anything is known about it.
 */
export const headBytes = (limits: RequestLimits): number =>
  Math.min(limits.line + (limits.fields || 100) * limits.fieldSize, 1 << 20);
