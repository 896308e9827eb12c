/** What the server itself answers when something is wrong: a status and a short page. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { takeNoMore } from './intake.ts';

/**
 * Apache's page for a status, without its explanations. A client's own bytes are never in it.
 * Source: httpd 2.4, http_protocol.c, ap_send_error_response.
 */
export function errorPage(status: number): string {
  const title = STATUS_CODES[status] ?? 'Error';
  return `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>${status} ${title}</title>
</head><body>
<h1>${title}</h1>
</body></html>
`;
}

/** Statuses after which a connection is not used again. Source: httpd 2.4, httpd.h, ap_status_drops_connection. */
const dropping: ReadonlySet<number> = new Set([400, 408, 411, 413, 414, 500, 501, 503, 505]);

/** Answers in the server's own name; `headers` are names and values in turn. */
export function answerError(response: ServerResponse, status: number, headers: readonly string[] = []): void {
  const page = errorPage(status);
  const drops = dropping.has(status);
  if (drops) takeNoMore(response.req.socket);
  response.writeHead(status, [
    ...headers,
    ...(drops ? ['Connection', 'close'] : []),
    'Content-Type',
    'text/html; charset=iso-8859-1',
    'Content-Length',
    String(page.length),
  ]);
  response.end(page);
}

/** A whole answer as bytes, for a connection on which no request could be read; it ends the connection. */
export function bareError(status: number): string {
  const page = errorPage(status);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Length: ${page.length}\r\n\r\n${page}`;
}
