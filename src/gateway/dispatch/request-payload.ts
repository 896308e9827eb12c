/**
 * What a Python thread is told of a request: fields separated by NUL, as `python/host.py` describes them. Most of it is the
 * same for all requests of a route; it is joined once, and a thread is told it when its request has another route than
 * the one before.
 */
import type { IncomingMessage } from 'node:http';
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import type { RoutedMount } from '../../../spec/routing/route.ts';
import { environOf, type Listener, routeEnviron } from './environ.ts';
import { asLatin1 } from './frames.ts';

/** What a thread is told: equal routes are the same string. */
export interface Payload {
  readonly route: string;
  readonly request: string;
}

/** The part of a route: script, file, callable, whether the file is watched, scheme, then environ. */
export function routePayload(
  mount: RoutedMount,
  file: string,
  serverName: string,
  listener: Listener,
  deployment: ApacheDeployment,
): string {
  const names = [mount.script, file, mount.callable].map(asLatin1);
  return [...names, flag(mount.scriptReloading), 'http', ...routeEnviron(mount, serverName, listener, deployment)].join(
    '\0',
  );
}

/** The request's own part: environ, and whether it has a body. */
export const requestPayload = (request: IncomingMessage, query: string, mount: RoutedMount): string =>
  `${environOf(request, query, mount).join('\0')}\0${flag(hasBody(request))}`;

/** The same for a process that gets it after others refused it. Source: mod_wsgi 4.9.4, wsgi_execute_remote. */
export const requestPayloadAgain = (request: string, refusals: number): string =>
  `mod_wsgi.daemon_restarts\0${refusals}\0${request}`;

export const flag = (value: boolean): string => (value ? '1' : '0');

export const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
