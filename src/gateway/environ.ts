/** The CGI half of a WSGI environ, made from an HTTP request; the Python side adds the `wsgi.*` objects. */
import type { IncomingMessage } from 'node:http';
import type { RoutedMount } from '../../spec/route.ts';
import { asLatin1 } from './frames.ts';
import { bytesOf } from './path-text.ts';

/** What the server knows about itself where a request came in. */
export interface Listener {
  /** The configured port: what applications see, wherever the gateway really listens. */
  readonly port: number;
  readonly software: string;
}

/** What the route of a request lets its application see. */
export type RequestTerms = Pick<RoutedMount, 'passAuthorization' | 'mapsHeadToGet'>;

/** Apache's names for headers, made once for each header that clients send. */
const variableNames = new Map<string, string | null>();

/**
 * What the environ of every request to one route has in common: names and values in turn, each a Latin-1 string.
 * Sources: as of {@link environOf}.
 */
export function routeEnviron(mount: RoutedMount, serverName: string, { port, software }: Listener): readonly string[] {
  const scriptName = bytesOf(mount.scriptName);
  const pathInfo = bytesOf(mount.pathInfo);
  return [
    'GATEWAY_INTERFACE',
    'CGI/1.1',
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
    'mod_wsgi.listener_host',
    '',
    'mod_wsgi.listener_port',
    String(port),
  ];
}

/**
 * What only this request has in its environ: names and values in turn, each a Latin-1 string.
 *
 * Sources: httpd 2.4, ap_add_common_vars and ap_add_cgi_vars (a header with another character than letters, digits and
 * `-` is dropped, `Proxy` is dropped, `Authorization` is kept back); mod_wsgi 4.9.4, wsgi_build_environment.
 */
export function environOf(request: IncomingMessage, query: string, route: RequestTerms): string[] {
  const { rawHeaders, socket } = request;
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
  ];
  const first = environ.length;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = variableName(rawHeaders[index] ?? '');
    if (name === null || (name === 'HTTP_AUTHORIZATION' && !route.passAuthorization)) continue;
    const value = rawHeaders[index + 1] ?? '';
    const earlier = indexOfName(environ, name, first);
    if (earlier < 0) environ.push(name, value);
    // Cookies as well, although their readers want a semicolon: seen in Apache 2.4.55 with mod_wsgi 4.9.4.
    else environ[earlier + 1] += `, ${value}`;
  }
  return environ;
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
