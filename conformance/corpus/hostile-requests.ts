/**
 * Requests that two servers in a row may read differently, and others that no server should let through: each as the
 * bytes on the wire. Written from RFC 9112 (HTTP/1.1), RFC 9110 (semantics) and the known families of request smuggling.
 */

/** What a server may do with one. */
export type Allowed =
  /** A 4xx or 5xx answer or a closed connection; no application is asked anything. */
  | { readonly kind: 'refused' }
  /**
   * The head is in order and an application may have begun; but its body never ends well, and nothing behind it is taken
   * for a request.
   */
  | {
      readonly kind: 'body-breaks';
      /** Whether the client ends the connection behind these bytes; else the server must end it. */
      readonly byClient: boolean;
    }
  /** Exactly these requests reach an application, each as `METHOD path body`; what follows them is refused. */
  | { readonly kind: 'accepted'; readonly requests: readonly string[] };

export type Family =
  | 'both-lengths'
  | 'transfer-encoding'
  | 'content-length'
  | 'chunks'
  | 'line-ends'
  | 'field-lines'
  | 'request-line'
  | 'version'
  | 'host'
  | 'size'
  | 'target'
  | 'spoofing'
  | 'method'
  | 'pipeline';

export interface HostileRequest {
  readonly name: string;
  readonly family: Family;
  /** Where it is written what is wrong with it. */
  readonly source: string;
  /** One character per byte. */
  readonly raw: string;
  readonly allowed: Allowed;
}

const refused: Allowed = { kind: 'refused' };
const breaks: Allowed = { kind: 'body-breaks', byClient: false };
const stops: Allowed = { kind: 'body-breaks', byClient: true };
const accepted = (...requests: readonly string[]): Allowed => ({ kind: 'accepted', requests });

/** What a smuggler wants to be taken for a request of its own. */
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';

const head = (line: string, ...fields: readonly string[]): string =>
  `${[line, 'Host: localhost', ...fields].join('\r\n')}\r\n\r\n`;
const post = (fields: readonly string[], body: string): string => head('POST /asked HTTP/1.1', ...fields) + body;
const get = (...fields: readonly string[]): string => head('GET /asked HTTP/1.1', ...fields);
const asks = (line: string): string => head(line, 'Connection: close');

type Row = readonly [name: string, raw: string, allowed: Allowed];
const family = (name: Family, source: string, rows: readonly Row[]): readonly HostileRequest[] =>
  rows.map(([title, raw, allowed]) => ({ name: title, family: name, source, raw, allowed }));

const length = (body: string): string => `Content-Length: ${body.length}`;
const chunkedZero = `0\r\n\r\n${smuggled}`;

const bothLengths = family('both-lengths', 'RFC 9112 section 6.3', [
  [
    'CL.TE: a length that covers a chunked body and more',
    post([length(chunkedZero), te('chunked')], chunkedZero),
    refused,
  ],
  [
    'TE.CL: a length shorter than the chunked body',
    post(['Content-Length: 4', te('chunked')], `5c\r\n${smuggled}\r\n0\r\n\r\n`),
    refused,
  ],
  ['the transfer coding before the length', post([te('chunked'), 'Content-Length: 5'], '0\r\n\r\n'), refused],
  ['a length of 0 beside chunks', post(['Content-Length: 0', te('chunked')], chunkedZero), refused],
  [
    'a length beside an obscured transfer coding',
    post([length(chunkedZero), 'Transfer-Encoding : chunked'], chunkedZero),
    refused,
  ],
  ['a length beside an unknown transfer coding', post([length(chunkedZero), te('xchunked')], chunkedZero), refused],
]);

function te(value: string): string {
  return `Transfer-Encoding: ${value}`;
}

const transferEncoding = family('transfer-encoding', 'RFC 9112 sections 6.1 and 7', [
  ['an unknown transfer coding', post([te('xchunked')], chunkedZero), refused],
  ['chunked and then identity', post([te('chunked, identity')], chunkedZero), refused],
  ['identity and then chunked', post([te('identity, chunked')], chunkedZero), refused],
  ['identity alone', post([te('identity')], smuggled), refused],
  ['chunked twice in one field', post([te('chunked, chunked')], chunkedZero), refused],
  ['chunked in two fields', post([te('chunked'), te('chunked')], chunkedZero), refused],
  ['chunked, then another coding in a second field', post([te('chunked'), te('x')], chunkedZero), refused],
  ['another coding, then chunked in a second field', post([te('x'), te('chunked')], chunkedZero), refused],
  ['a trailing comma', post([te('chunked,')], chunkedZero), refused],
  ['a leading comma', post([te(',chunked')], chunkedZero), refused],
  ['a semicolon', post([te('chunked;')], chunkedZero), refused],
  ['quotes', post([te('"chunked"')], chunkedZero), refused],
  ['an empty transfer coding', post([te('')], chunkedZero), refused],
  ['a vertical tab before the coding', post([te('\x0bchunked')], chunkedZero), refused],
  ['a vertical tab behind the coding', post([te('chunked\x0b')], chunkedZero), refused],
  ['a NUL behind the coding', post([te('chunked\0')], chunkedZero), refused],
  ['a letter that only looks like k', post([te('chun\xe2\x84\xaaed')], chunkedZero), refused],
  ['a compressed chunked body', post([te('gzip, chunked')], chunkedZero), refused],
  [
    'another name that becomes the same variable',
    post(['Transfer_Encoding: chunked', 'Content-Length: 0', 'Connection: close'], ''),
    accepted('POST /asked '),
  ],
  ['a folded coding', post(['Transfer-Encoding:\r\n chunked'], chunkedZero), refused],
  ['a space before the colon', post(['Transfer-Encoding : chunked'], chunkedZero), refused],
  ['a tab before the colon', post(['Transfer-Encoding\t: chunked'], chunkedZero), refused],
  ['a field name behind a space', post([' Transfer-Encoding: chunked'], chunkedZero), refused],
  [
    'capital letters',
    post([te('CHUNKED'), 'Connection: close'], '4\r\nbody\r\n0\r\n\r\n'),
    accepted('POST /asked body'),
  ],
  [
    'a tab before the coding',
    post([te('\tchunked'), 'Connection: close'], '4\r\nbody\r\n0\r\n\r\n'),
    accepted('POST /asked body'),
  ],
  [
    'spaces behind the coding',
    post([te('chunked  '), 'Connection: close'], '4\r\nbody\r\n0\r\n\r\n'),
    accepted('POST /asked body'),
  ],
  ['chunks in HTTP/1.0', `POST /asked HTTP/1.0\r\nHost: localhost\r\n${te('chunked')}\r\n\r\n${chunkedZero}`, refused],
]);

const contentLength = family('content-length', 'RFC 9112 section 6.3; RFC 9110 section 8.6', [
  ['two different lengths', post(['Content-Length: 0', length(smuggled)], smuggled), refused],
  ['two different lengths, the longer first', post([length(smuggled), 'Content-Length: 0'], smuggled), refused],
  ['the same length twice', post(['Content-Length: 4', 'Content-Length: 4'], 'body'), refused],
  ['two lengths in one field', post(['Content-Length: 4, 4'], 'body'), refused],
  ['two different lengths in one field', post(['Content-Length: 4, 5'], 'body'), refused],
  ['a negative length', post(['Content-Length: -1'], smuggled), refused],
  ['a plus sign', post(['Content-Length: +4'], 'body'), refused],
  ['hexadecimal digits', post(['Content-Length: 0x4'], 'body'), refused],
  ['a fraction', post(['Content-Length: 4.0'], 'body'), refused],
  ['an exponent', post(['Content-Length: 1e1'], 'body'), refused],
  ['an underscore between digits', post(['Content-Length: 1_0'], 'bodybodybo'), refused],
  ['a space between digits', post(['Content-Length: 1 0'], 'bodybodybo'), refused],
  ['no digits', post(['Content-Length:'], smuggled), refused],
  ['letters', post(['Content-Length: abc'], smuggled), refused],
  ['more than 64 bits', post(['Content-Length: 18446744073709551620'], 'body'), refused],
  ['digits that are not ASCII', post(['Content-Length: \xd9\xa4'], 'body'), refused],
  ['a NUL behind the digits', post(['Content-Length: 4\0'], 'body'), refused],
  ['a folded length', post(['Content-Length: 0\r\n 4'], 'body'), refused],
  ['a space before the colon', post(['Content-Length : 4'], 'body'), refused],
  [
    'a name with an underscore',
    post(['Content_Length: 50', 'Content-Length: 4', 'Connection: close'], 'body'),
    accepted('POST /asked body'),
  ],
  ['leading zeros', post(['Content-Length: 0004', 'Connection: close'], 'body'), accepted('POST /asked body')],
  [
    'a GET with a body',
    `${head('GET /asked HTTP/1.1', 'Content-Length: 4', 'Connection: close')}body`,
    accepted('GET /asked body'),
  ],
  ['a body that stays short', post(['Content-Length: 400'], 'body'), stops],
]);

const chunked = (body: string): string => post([te('chunked')], body);
const chunks = family('chunks', 'RFC 9112 section 7.1', [
  ['a negative size', chunked(`-1\r\nbody\r\n${chunkedZero}`), breaks],
  ['a size with 0x', chunked(`0x4\r\nbody\r\n${chunkedZero}`), breaks],
  ['a size with a plus sign', chunked(`+4\r\nbody\r\n${chunkedZero}`), breaks],
  ['a size behind a space', chunked(` 4\r\nbody\r\n${chunkedZero}`), breaks],
  ['a size with a space behind it', chunked(`4 \r\nbody\r\n${chunkedZero}`), breaks],
  ['a size with an underscore', chunked(`0_4\r\nbody\r\n${chunkedZero}`), breaks],
  ['no size', chunked(`\r\nbody\r\n${chunkedZero}`), breaks],
  ['letters for a size', chunked(`zz\r\nbody\r\n${chunkedZero}`), breaks],
  ['a size beyond 64 bits', chunked(`10000000000000004\r\nbody\r\n${chunkedZero}`), breaks],
  ['a size of 64 bits', chunked(`ffffffffffffffff\r\nbody\r\n${chunkedZero}`), stops],
  ['a chunk longer than its size', chunked(`2\r\nbody\r\n${chunkedZero}`), breaks],
  ['a chunk without its line end', chunked(`4\r\nbody${chunkedZero}`), breaks],
  ['a chunk that ends in LF', chunked(`4\r\nbody\n${chunkedZero}`), breaks],
  ['a size that ends in LF', chunked(`4\nbody\r\n${chunkedZero}`), breaks],
  ['a size that ends in CR', chunked(`4\rbody\r\n${chunkedZero}`), breaks],
  ['a last chunk that ends in LF', chunked(`4\r\nbody\r\n0\n\n${smuggled}`), breaks],
  ['a CR inside an extension', chunked(`4;a=\rb\r\nbody\r\n${chunkedZero}`), breaks],
  ['an LF inside an extension', chunked(`4;a=\nb\r\nbody\r\n${chunkedZero}`), breaks],
  ['a NUL inside an extension', chunked(`4;a=\0b\r\nbody\r\n${chunkedZero}`), breaks],
  ['an extension without end', chunked(`4;${'a'.repeat(300_000)}`), breaks],
  ['no last chunk', chunked('4\r\nbody\r\n'), stops],
  ['a bad line among the trailers', chunked(`4\r\nbody\r\n0\r\nno colon here\r\n\r\n${smuggled}`), breaks],
  ['a space before the colon of a trailer', chunked(`4\r\nbody\r\n0\r\nName : x\r\n\r\n${smuggled}`), breaks],
  ['trailers without end', chunked(`4\r\nbody\r\n0\r\n${'Name: value\r\n'.repeat(100_000)}`), breaks],
  [
    'an extension',
    post([te('chunked'), 'Connection: close'], '4;name=value\r\nbody\r\n0\r\n\r\n'),
    accepted('POST /asked body'),
  ],
  [
    'a size with leading zeros',
    post([te('chunked'), 'Connection: close'], '0004\r\nbody\r\n000\r\n\r\n'),
    accepted('POST /asked body'),
  ],
  [
    'a trailer that is a length',
    post([te('chunked'), 'Connection: close'], '4\r\nbody\r\n0\r\nContent-Length: 9\r\n\r\n'),
    breaks,
  ],
  [
    'a trailer that is a host',
    post([te('chunked'), 'Connection: close'], '4\r\nbody\r\n0\r\nHost: other\r\n\r\n'),
    accepted('POST /asked body'),
  ],
]);

const lineEnds = family('line-ends', 'RFC 9112 section 2.2', [
  ['LF behind the request line', 'GET /asked HTTP/1.1\nHost: localhost\r\n\r\n', refused],
  ['LF behind a field', 'GET /asked HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n', refused],
  ['LF at the end of the head', `GET /asked HTTP/1.1\r\nHost: localhost\r\n\n${smuggled}`, refused],
  ['LF everywhere', 'GET /asked HTTP/1.1\nHost: localhost\n\n', refused],
  ['CR behind the request line', 'GET /asked HTTP/1.1\rHost: localhost\r\n\r\n', refused],
  ['CR inside a value', get('X: a\rb'), refused],
  ['CR at the end of the head', `GET /asked HTTP/1.1\r\nHost: localhost\r\n\r${smuggled}`, refused],
  ['CR inside a field name', get('X\rY: b'), refused],
  ['CR CR LF', 'GET /asked HTTP/1.1\r\r\nHost: localhost\r\n\r\n', refused],
  ['a folded value', get('X: a\r\n b'), refused],
  ['a value folded with a tab', get('X: a\r\n\tb'), refused],
  ['a folded host', 'GET /asked HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n', refused],
  ['a fold of nothing but space', get('X: a\r\n \r\nY: b'), refused],
  ['a fold before the first field', 'GET /asked HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n', refused],
  ['an empty line first', `\r\n${get('Connection: close')}`, accepted('GET /asked ')],
]);

const fieldLines = family('field-lines', 'RFC 9112 section 5; RFC 9110 section 5.5', [
  ['a space before the colon', get('X : y'), refused],
  ['no colon', get('no colon here'), refused],
  ['no name', get(': value'), refused],
  ['a NUL in a name', get('X\0Y: z'), refused],
  ['a NUL in a value', get('X: a\0b'), refused],
  ['a control character in a value', get('X: a\x01b'), refused],
  ['a DEL in a value', get('X: a\x7fb'), refused],
  ['an escape in a value', get('X: \x1b[31m'), refused],
  ['a name that is not ASCII', get('N\xe4me: value'), refused],
  ['a name with a space', get('X Y: z'), refused],
  ['a name in quotes', get('"X": y'), refused],
  ['a name with a slash', get('X/Y: z'), refused],
  ['a name with parentheses', get('X(Y): z'), refused],
  ['a value that is not ASCII', get('X: \xe4', 'Connection: close'), accepted('GET /asked ')],
]);

const requestLine = family('request-line', 'RFC 9112 section 3', [
  ['a space first', ` ${get()}`, refused],
  ['two spaces before the target', asks('GET  /asked HTTP/1.1'), accepted('GET /asked ')],
  ['two spaces before the version', asks('GET /asked  HTTP/1.1'), accepted('GET /asked ')],
  ['a space behind the version', asks('GET /asked HTTP/1.1 '), refused],
  ['a space in the target', asks('GET /as ked HTTP/1.1'), refused],
  ['a tab for a space', asks('GET\t/asked HTTP/1.1'), refused],
  ['a tab in the target', asks('GET /as\tked HTTP/1.1'), refused],
  ['a vertical tab for a space', asks('GET\x0b/asked HTTP/1.1'), refused],
  ['no target', asks('GET HTTP/1.1'), refused],
  ['no method', asks('/asked HTTP/1.1'), refused],
  ['a method in small letters', asks('get /asked HTTP/1.1'), refused],
  ['a method with a colon', asks('GE:T /asked HTTP/1.1'), refused],
  ['a NUL in the method', asks('GE\0T /asked HTTP/1.1'), refused],
  ['a NUL in the target', asks('GET /as\0ked HTTP/1.1'), refused],
  ['a control character in the target', asks('GET /as\x01ked HTTP/1.1'), refused],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', refused],
  ['nothing but zeros', '\0'.repeat(64), refused],
]);

const version = family('version', 'RFC 9112 sections 2.3 and 2.6; RFC 9113 section 3.4', [
  ['HTTP/0.9 without a version', 'GET /asked\r\n\r\n', refused],
  ['HTTP/0.9 by name', asks('GET /asked HTTP/0.9'), refused],
  ['HTTP/9.9', asks('GET /asked HTTP/9.9'), refused],
  ['HTTP/2.0 in a request line', asks('GET /asked HTTP/2.0'), refused],
  ['HTTP/1.2', asks('GET /asked HTTP/1.2'), refused],
  ['HTTP/1.10', asks('GET /asked HTTP/1.10'), refused],
  ['HTTP/1', asks('GET /asked HTTP/1'), refused],
  ['HTTP/01.1', asks('GET /asked HTTP/01.1'), refused],
  ['small letters', asks('GET /asked http/1.1'), refused],
  ['another protocol', asks('GET /asked HTCPCP/1.1'), refused],
  ['no version digits', asks('GET /asked HTTP/'), refused],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', refused],
  [
    'an upgrade to h2c with a body',
    post(['Connection: Upgrade, close', 'Upgrade: h2c', 'Content-Length: 4'], 'body'),
    accepted('POST /asked body'),
  ],
  ['HTTP/1.0', 'GET /asked HTTP/1.0\r\nHost: localhost\r\n\r\n', accepted('GET /asked ')],
]);

const ask11 = (...fields: readonly string[]): string => `${['GET /asked HTTP/1.1', ...fields].join('\r\n')}\r\n\r\n`;
const host = family('host', 'RFC 9112 section 3.2', [
  ['no host', ask11('Connection: close'), refused],
  ['the same host twice', ask11('Host: localhost', 'Host: localhost'), refused],
  ['two different hosts', ask11('Host: localhost', 'Host: other'), refused],
  ['two hosts in one field', ask11('Host: localhost, other'), refused],
  ['two hosts, one in other letters', ask11('Host: localhost', 'hOST: other'), refused],
  ['two hosts in HTTP/1.0', 'GET /asked HTTP/1.0\r\nHost: localhost\r\nHost: other\r\n\r\n', refused],
  ['a space in the host', ask11('Host: local host'), refused],
  ['a slash in the host', ask11('Host: localhost/x'), refused],
  ['a user in the host', ask11('Host: user@localhost'), refused],
  ['a path back in the host', ask11('Host: ../../etc'), refused],
  ['a port that is none', ask11('Host: localhost:http'), refused],
  ['a port that is too big', ask11('Host: localhost:99999'), refused],
  ['two ports', ask11('Host: localhost:80:81'), refused],
  ['a percent sign in the host', ask11('Host: local%68ost'), refused],
  ['a bracket left open', ask11('Host: [::1'), refused],
  ['angle brackets in the host', ask11('Host: <b>'), refused],
  ['a host that is not ASCII', ask11('Host: l\xf6cal'), refused],
  ['a port alone', ask11('Host: :80'), refused],
  ['an empty host', ask11('Host:', 'Connection: close'), accepted('GET /asked ')],
  ['an IPv6 address', ask11('Host: [::1]:8080', 'Connection: close'), accepted('GET /asked ')],
  ['a final dot', ask11('Host: localhost.', 'Connection: close'), accepted('GET /asked ')],
  ['no host in HTTP/1.0', 'GET /asked HTTP/1.0\r\n\r\n', accepted('GET /asked ')],
]);

const size = family('size', 'RFC 9112 section 3; RFC 9110 section 5.4', [
  ['a request line of 9,000 bytes', asks(`GET /${'a'.repeat(9000)} HTTP/1.1`), refused],
  ['a request line of 2 MiB', asks(`GET /${'a'.repeat(2 << 20)} HTTP/1.1`), refused],
  ['a query of 9,000 bytes', asks(`GET /asked?${'a'.repeat(9000)} HTTP/1.1`), refused],
  ['a field of 9,000 bytes', get(`X: ${'a'.repeat(9000)}`), refused],
  ['a field of 2 MiB', get(`X: ${'a'.repeat(2 << 20)}`), refused],
  ['a field name of 9,000 bytes', get(`${'a'.repeat(9000)}: x`), refused],
  ['101 fields', get(...Array.from({ length: 100 }, (_, index) => `X${index}: y`)), refused],
  ['5,000 fields', get(...Array.from({ length: 5000 }, (_, index) => `X${index}: y`)), refused],
  ['5,000 times the same field', get(...Array.from({ length: 5000 }, () => 'X: y')), refused],
  ['a method of 9,000 bytes', asks(`${'G'.repeat(9000)} /asked HTTP/1.1`), refused],
  [
    '100 fields',
    get(...Array.from({ length: 98 }, (_, index) => `X${index}: y`), 'Connection: close'),
    accepted('GET /asked '),
  ],
  ['a field of 8,000 bytes', get(`X: ${'a'.repeat(8000)}`, 'Connection: close'), accepted('GET /asked ')],
]);

const target = family('target', 'RFC 9112 section 3.2; httpd 2.4, ap_normalize_path and ap_unescape_url', [
  ['a path that leaves the root', asks('GET /../etc/passwd HTTP/1.1'), refused],
  ['a path that goes down and leaves the root', asks('GET /a/../../etc/passwd HTTP/1.1'), refused],
  ['encoded dots that leave the root', asks('GET /%2e%2e/etc/passwd HTTP/1.1'), refused],
  ['half encoded dots that leave the root', asks('GET /.%2e/etc/passwd HTTP/1.1'), refused],
  ['an encoded slash', asks('GET /a%2fb HTTP/1.1'), refused],
  ['an encoded slash behind dots', asks('GET /..%2fetc/passwd HTTP/1.1'), refused],
  ['an encoded NUL', asks('GET /asked%00.css HTTP/1.1'), refused],
  ['a percent sign alone', asks('GET /asked% HTTP/1.1'), refused],
  ['a percent sign before letters', asks('GET /asked%zz HTTP/1.1'), refused],
  ['an asterisk', asks('GET * HTTP/1.1'), refused],
  ['a relative target', asks('GET asked HTTP/1.1'), refused],
  ['an authority', asks('GET localhost:80 HTTP/1.1'), refused],
  ['an authority for CONNECT', asks('CONNECT localhost:80 HTTP/1.1'), refused],
  ['a path for CONNECT', asks('CONNECT /asked HTTP/1.1'), refused],
  ['another scheme', asks('GET ftp://localhost/asked HTTP/1.1'), refused],
  ['no authority behind the scheme', asks('GET http:///asked HTTP/1.1'), refused],
  ['a user in the authority', asks('GET http://user:secret@localhost/asked HTTP/1.1'), refused],
  ['an absolute target with a bad host', asks('GET http://local<host/asked HTTP/1.1'), refused],
  ['an absolute target', asks('GET http://localhost/asked HTTP/1.1'), accepted('GET /asked ')],
  ['a path of dots within the root', asks('GET /a/../asked HTTP/1.1'), accepted('GET /asked ')],
  ['encoded dots within the root', asks('GET /a/%2e%2e/asked HTTP/1.1'), accepted('GET /asked ')],
  ['a backslash', asks('GET /..\\asked HTTP/1.1'), accepted('GET /..\\asked ')],
  ['dots encoded twice', asks('GET /%252e%252e/asked HTTP/1.1'), accepted('GET /%2e%2e/asked ')],
  ['an encoded line end', asks('GET /asked%0d%0aX:y HTTP/1.1'), accepted('GET /asked\r\nX:y ')],
]);

const spoofing = family('spoofing', 'RFC 9110 section 17; httpd 2.4, ap_add_common_vars; httpoxy, CVE-2016-5385', [
  ['underscores for hyphens', get('X_Forwarded_For: 10.0.0.1', 'Connection: close'), accepted('GET /asked ')],
  ['a proxy for the application', get('Proxy: http://evil.example/', 'Connection: close'), accepted('GET /asked ')],
  ['dots for hyphens', get('X.Forwarded.For: 10.0.0.1', 'Connection: close'), accepted('GET /asked ')],
  ['a remote user', get('Remote_User: root', 'Connection: close'), accepted('GET /asked ')],
]);

const method = family('method', 'RFC 9110 sections 9.1 and 9.3.8', [
  ['TRACE', asks('TRACE /asked HTTP/1.1'), refused],
  ['a method nobody knows', asks('FROBNICATE /asked HTTP/1.1'), refused],
  ['an expectation nobody knows', get('Expect: 200-ok', 'Connection: close'), refused],
]);

const pipeline = family('pipeline', 'RFC 9112 section 9.3.2', [
  ['two in a row', `${get()}${head('GET /next HTTP/1.1', 'Connection: close')}`, accepted('GET /asked ', 'GET /next ')],
  [
    'two in a row, the first with a body',
    `${post(['Content-Length: 4'], 'body')}${head('GET /next HTTP/1.1', 'Connection: close')}`,
    accepted('POST /asked body', 'GET /next '),
  ],
  ['one behind Connection: close', `${get('Connection: close')}${smuggled}`, accepted('GET /asked ')],
  ['rubbish behind a request', `${get()}rubbish\r\n\r\n${smuggled}`, accepted('GET /asked ')],
  ['rubbish behind a body', `${post(['Content-Length: 4'], 'body')}more${smuggled}`, accepted('POST /asked body')],
]);

export const hostileRequests: readonly HostileRequest[] = [
  ...bothLengths,
  ...transferEncoding,
  ...contentLength,
  ...chunks,
  ...lineEnds,
  ...fieldLines,
  ...requestLine,
  ...version,
  ...host,
  ...size,
  ...target,
  ...spoofing,
  ...method,
  ...pipeline,
];
