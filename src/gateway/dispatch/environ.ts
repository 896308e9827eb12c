/** The CGI half of a WSGI environ, made from an HTTP request; the Python side adds the `wsgi.*` objects. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import { documentRootOf, type RoutedMount, translated } from '../../../spec/routing/route.ts';
import { bytesOf } from '../front/path-text.ts';
import { asLatin1 } from './frames.ts';

/** What the server knows about itself where a request came in. */
export interface Listener {
  /** The address it is configured with; `''` where it has none. */
  readonly host: string;
  /** The configured port: what applications see, wherever the gateway really listens. */
  readonly port: number;
  readonly software: string;
}

/** What the route of a request lets its application see. */
export type RequestTerms = Pick<RoutedMount, 'passAuthorization' | 'mapsHeadToGet' | 'processGroup'>;

/** The time since the epoch, as applications are told it. Node's finer clock drifts away from that of Python. */
const microseconds = (): string => `${Date.now()}000`;

/** No two alike, also not after a restart, and short. */
const requestIds = {
  start: randomBytes(5).toString('base64url'),
  count: 0,
  next(): string {
    return this.start + (this.count++).toString(36);
  },
};

/** Apache's names for headers, made once for each header that clients send. */
const variableNames = new Map<string, string | null>();

/**
 * What the environ of every request to one route has in common: names and values in turn, each a Latin-1 string.
 * Sources: as of {@link environOf}.
 */
export function routeEnviron(
  mount: RoutedMount,
  serverName: string,
  { host, port, software }: Listener,
  deployment: ApacheDeployment,
): readonly string[] {
  const documentRoot = asLatin1(documentRootOf(deployment, mount.host));
  const scriptName = bytesOf(mount.scriptName);
  const pathInfo = bytesOf(mount.pathInfo);
  return [
    'GATEWAY_INTERFACE',
    'CGI/1.1',
    'SERVER_SIGNATURE',
    '',
    'SERVER_ADMIN',
    asLatin1(serverAdmin(deployment, mount.host)),
    'DOCUMENT_ROOT',
    documentRoot,
    'CONTEXT_PREFIX',
    '',
    'CONTEXT_DOCUMENT_ROOT',
    documentRoot,
    ...(mount.pathInfo === '' ? [] : ['PATH_TRANSLATED', asLatin1(translated(deployment, mount.host, mount.pathInfo))]),
    'SERVER_SOFTWARE',
    software,
    'REQUEST_SCHEME',
    'http',
    'SCRIPT_NAME',
    scriptName,
    'PATH_INFO',
    pathInfo,
    'SCRIPT_FILENAME',
    asLatin1(mount.script),
    'SERVER_NAME',
    serverName,
    'SERVER_PORT',
    String(mount.serverPort),
    'mod_wsgi.callable_object',
    asLatin1(mount.callable),
    'mod_wsgi.request_handler',
    'wsgi-script',
    'mod_wsgi.handler_script',
    '',
    'mod_wsgi.script_reloading',
    mount.scriptReloading ? '1' : '0',
    'mod_wsgi.script_name',
    scriptName,
    'mod_wsgi.path_info',
    pathInfo,
    'mod_wsgi.enable_sendfile',
    mount.enableSendfile ? '1' : '0',
    'mod_wsgi.ignore_activity',
    mount.ignoreActivity ? '1' : '0',
    ...(mount.processGroup === '' ? [] : daemonEnviron),
    'mod_wsgi.listener_host',
    host,
    'mod_wsgi.listener_port',
    String(port),
  ];
}

/** What a request has that is carried to a daemon process; one that was carried there again says so itself. */
const daemonEnviron = ['mod_wsgi.daemon_connects', '1', 'mod_wsgi.daemon_restarts', '0'];

/** Source: httpd 2.4, httpd.h, DEFAULT_ADMIN. */
const serverAdmin = ({ hosts }: ApacheDeployment, host: number): string =>
  hosts[host]?.serverAdmin ?? hosts[0].serverAdmin ?? '[no address given]';

/**
 * What only this request has in its environ: names and values in turn, each a Latin-1 string.
 *
 * Sources: httpd 2.4, ap_add_common_vars and ap_add_cgi_vars (a header with another character than letters, digits and
 * `-` is dropped, `Proxy` is dropped, `Authorization` is kept back); mod_wsgi 4.9.4, wsgi_build_environment.
 */
export function environOf(request: IncomingMessage, query: string, route: RequestTerms): string[] {
  const { socket } = request;
  const now = microseconds();
  const environ = [
    'SERVER_PROTOCOL',
    request.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1',
    'REQUEST_METHOD',
    route.mapsHeadToGet && request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
    'REQUEST_URI',
    request.url ?? '/',
    'QUERY_STRING',
    query,
    'SERVER_ADDR',
    socket.localAddress ?? '',
    'REMOTE_ADDR',
    socket.remoteAddress ?? '',
    'REMOTE_PORT',
    String(socket.remotePort ?? ''),
    'mod_wsgi.request_id',
    requestIds.next(),
    'mod_wsgi.request_start',
    now,
  ];
  // A daemon process is asked at once; what follows is its queue.
  if (route.processGroup !== '') environ.push('mod_wsgi.queue_start', now);
  addHeaders(environ, request, route.passAuthorization);
  return environ;
}

/** Adds the variables of the headers: a header that came twice is joined. */
export function addHeaders(environ: string[], { rawHeaders }: IncomingMessage, passAuthorization: boolean): void {
  const first = environ.length;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = variableName(rawHeaders[index] ?? '');
    if (name === null || (name === 'HTTP_AUTHORIZATION' && !passAuthorization)) continue;
    const value = rawHeaders[index + 1] ?? '';
    const earlier = indexOfName(environ, name, first);
    if (earlier < 0) environ.push(name, value);
    // Cookies as well, although their readers want a semicolon: seen in Apache 2.4.55 with mod_wsgi 4.9.4.
    else environ[earlier + 1] += `, ${value}`;
  }
}

function variableName(header: string): string | null {
  const known = variableNames.get(header);
  if (known !== undefined) return known;
  const name = toVariableName(header);
  // Clients choose the names: the cache must not grow with them.
  if (variableNames.size < 1000) variableNames.set(header, name);
  return name;
}

function toVariableName(header: string): string | null {
  if (!/^[A-Za-z0-9-]+$/.test(header)) return null;
  const name = header.toUpperCase().replaceAll('-', '_');
  if (name === 'PROXY') return null;
  return name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH' ? name : `HTTP_${name}`;
}

function indexOfName(environ: readonly string[], name: string, from: number): number {
  for (let index = from; index < environ.length; index += 2) if (environ[index] === name) return index;
  return -1;
}
