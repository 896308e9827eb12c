/**
 * The CGI half of the environ of a server of workers; the Python side adds the `wsgi.*` objects. None of mod_wsgi's keys
 * are in it. Sources: PEP 3333, environ Variables; gunicorn 20.1, http/wsgi.py, default_environ and create.
 */
import type { IncomingMessage } from 'node:http';
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import type { WorkerRoute } from '../../../spec/routing/worker-route.ts';
import { assertNever } from '../../../spec/vocabulary.ts';
import { addHeaders } from '../dispatch/environ.ts';
import { asLatin1 } from '../dispatch/frames.ts';
import { flag, hasBody } from '../dispatch/request-payload.ts';
import { bytesOf } from '../front/path-text.ts';

/** What all requests of a route have in common: script, file, callable, whether the file is watched, scheme, environ. */
export function workerRoutePayload(
  deployment: WorkerDeployment,
  route: Extract<WorkerRoute, { readonly kind: 'application' }>,
  file: string,
  port: number,
): string {
  const { script, callable } = route.application;
  const { address } = deployment.listens.find((listen) => listen.port === port) ?? deployment.listens[0] ?? nowhere;
  return [
    ...[script, file, callable].map(asLatin1),
    flag(false),
    'http',
    'SERVER_SOFTWARE',
    softwareOf(deployment),
    'SERVER_NAME',
    address === '' || address === '*' ? '0.0.0.0' : address,
    'SERVER_PORT',
    String(port),
    'SCRIPT_NAME',
    bytesOf(route.scriptName),
    'PATH_INFO',
    bytesOf(route.pathInfo),
  ].join('\0');
}

/** What only this request has. */
export function workerRequestPayload(request: IncomingMessage, query: string): string {
  const { socket } = request;
  const environ = [
    'REQUEST_METHOD',
    request.method ?? 'GET',
    'QUERY_STRING',
    query,
    'REQUEST_URI',
    request.url ?? '/',
    'RAW_URI',
    request.url ?? '/',
    'SERVER_PROTOCOL',
    request.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1',
    'REMOTE_ADDR',
    socket.remoteAddress ?? '',
    'REMOTE_PORT',
    String(socket.remotePort ?? ''),
  ];
  addHeaders(environ, request, true);
  return `${environ.join('\0')}\0${flag(hasBody(request))}`;
}

const nowhere = { address: '' };

function softwareOf(deployment: WorkerDeployment): string {
  switch (deployment.kind) {
    case 'gunicorn':
      return `gunicorn/${deployment.release} (wsgiscope)`;
    case 'uwsgi':
      return `uWSGI/${deployment.release} (wsgiscope)`;
    case 'plain':
      return `${deployment.server} (wsgiscope)`;
    default:
      return assertNever(deployment);
  }
}
