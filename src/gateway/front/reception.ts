/**
 * What happens to a request before a Python thread has it: its target is read, its application found, and it is brought
 * to the processes that run that application, or refused.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import { answerToFormerChild } from '../../../spec/dispatch/former-generation.ts';
import { type Route, type RoutedMount, route } from '../../../spec/routing/route.ts';
import type { RequestId } from '../../../spec/vocabulary.ts';
import type { Audience } from '../audience.ts';
import type { Dispatchers } from '../dispatch/dispatchers.ts';
import { type Carrier, Exchange } from '../dispatch/exchange.ts';
import { requestPayload, routePayload } from '../dispatch/request-payload.ts';
import type { LogOrigin } from '../logs/error-log.ts';
import type { Connection } from './connection.ts';
import { answerError } from './error-page.ts';
import { textOf } from './path-text.ts';
import { openAccount, type RequestAccounts } from './request-account.ts';
import { hostName, hostPort, isHost, parseRequestTarget } from './request-target.ts';

export interface ReceptionOptions {
  readonly deployment: ApacheDeployment;
  readonly dispatchers: Dispatchers;
  readonly carrier: Carrier;
  /** Whether an alias target is a directory of scripts. */
  readonly isDirectory?: (path: string) => boolean;
  /** The file that is executed for a script. */
  readonly fileOf: (script: string) => string;
  /** The real port for a configured one. */
  readonly realPort: (configured: number) => number | undefined;
  readonly trustsRequestIds: boolean;
  /** Hears what becomes of requests; they have ids while somebody there wants to know. */
  readonly audience: Audience;
  /** Hears of each request when it is over; absent where nobody keeps accounts. */
  readonly account?: RequestAccounts;
  readonly log: (source: string, line: string, origin?: LogOrigin) => void;
}

/** Remembered routes; requests choose the paths, so the number is bounded. */
const rememberedRoutes = 4096;

/** Where a request leads whose host is none. */
const badHost = { kind: 'bad-host' } as const;

export class Reception {
  readonly #options: ReceptionOptions;
  readonly #routes = new Map<string, Route | typeof badHost>();
  readonly #payloads = new WeakMap<RoutedMount, string>();
  readonly #software: string;
  #deployment: ApacheDeployment;
  #requests = 0;

  constructor(options: ReceptionOptions) {
    const { server } = options.deployment;
    this.#options = options;
    this.#deployment = options.deployment;
    this.#software = `Apache/2.4 (wsgiscope) mod_wsgi/${server.modWsgi}`;
  }

  /** From the next request on another configuration holds. */
  reconfigure(deployment: ApacheDeployment): void {
    this.#deployment = deployment;
    this.#routes.clear();
  }

  /** A request came in; it is handled when its connection has a worker. */
  receive(request: IncomingMessage, response: ServerResponse, connection: Connection): void {
    const id = this.#requestId(request);
    const isBegun = connection.take(response, () => this.#handle(request, response, connection, id));
    if (!isBegun && id !== null)
      this.#options.audience.tellRequest({ kind: 'request.queued', request: id, processGroup: '' });
  }

  #handle(request: IncomingMessage, response: ServerResponse, connection: Connection, id: RequestId | null): void {
    const { port } = connection;
    const account = this.#options.account ? openAccount(request, response, port, this.#options.account) : null;
    const target = parseRequestTarget(request.url ?? '/');
    if (target.kind === 'bad') {
      answerError(response, target.status);
      return;
    }
    const { dispatchers, carrier, log, audience } = this.#options;
    const header = target.host ?? request.headers.host ?? '';
    const found = this.#route(header, port, target.path);
    if (found.kind === 'unmapped' && found.file !== null) {
      const { file } = found;
      // Loaded by those who have files to serve.
      void import('./static-file.ts').then(({ answerFile }) =>
        answerFile(request, response, file, target, (line) => log('gateway', line)),
      );
      return;
    }
    const dispatcher = found.kind === 'application' ? dispatchers.get(found.mount.processGroup) : undefined;
    const child = connection.child?.workers.process;
    const isEmbedded = found.kind === 'application' && found.mount.processGroup === '';
    if (found.kind !== 'application' || (isEmbedded ? !child : !dispatcher)) {
      if (found.kind === 'refused') log('gateway', `${found.status} for ${target.path}: ${found.why}`);
      answerError(response, statusOf(found));
      return;
    }
    const { mount } = found;
    if (!isEmbedded && connection.child?.isFormer) {
      const status = answerToFormerChild(this.#deployment);
      log(
        'gateway',
        `${status} for ${target.path}: its connection is from before the restart of process group '${mount.processGroup}'`,
      );
      answerError(response, status);
      return;
    }
    if (!mount.chunkedRequest && request.headers['transfer-encoding'] !== undefined) {
      log('gateway', `411 for ${target.path}: a body in chunks, and WSGIChunkedRequest is not On`);
      answerError(response, 411);
      return;
    }
    const length = Number(request.headers['content-length'] ?? 0);
    if (mount.limitRequestBody > 0 && length > mount.limitRequestBody) {
      log(
        'gateway',
        `413 for ${target.path}: ${length} bytes are more than LimitRequestBody ${mount.limitRequestBody}`,
      );
      answerError(response, 413);
      return;
    }
    const payload = {
      route: this.#routePayload(mount, header, port),
      request: requestPayload(request, target.query, mount),
    };
    const exchange = new Exchange(request, response, id, mount, payload, carrier);
    if (account) {
      account.mount = mount;
      account.carriedBy = exchange;
    }
    if (!isEmbedded) {
      response.once('close', () => dispatcher?.leave(exchange));
      dispatcher?.submit(exchange);
      return;
    }
    if (!child) return;
    exchange.process = child.settings.process;
    if (id !== null) audience.tellRequest({ kind: 'request.accepted', request: id, process: exchange.process });
    child.send(mount.applicationGroup, exchange.payload, connection.inside(), exchange, (slot) => exchange.given(slot));
  }

  #route(header: string, port: number, path: string): Route | typeof badHost {
    const key = `${port} ${header} ${path}`;
    const known = this.#routes.get(key);
    if (known) return known;
    const { isDirectory, realPort } = this.#options;
    const named = hostPort(header);
    // A client that was sent to another port than the configured one names that; it means the configured one.
    const namedPort = named === realPort(port) ? port : named;
    const found = isHost(header)
      ? route(
          this.#deployment,
          { host: hostName(header), port, namedPort, path: textOf(path) },
          { environment: process.env, ...(isDirectory && { isDirectory }) },
        )
      : badHost;
    if (this.#routes.size >= rememberedRoutes) this.#routes.clear();
    this.#routes.set(key, found);
    return found;
  }

  /** Each remembered route is for one host, port and path, and so is its part of what a thread is told. */
  #routePayload(mount: RoutedMount, header: string, port: number): string {
    const known = this.#payloads.get(mount);
    if (known !== undefined) return known;
    const serverName = hostName(header) || (this.#deployment.hosts[mount.host]?.serverName ?? 'localhost');
    const address = this.#deployment.listens.find((listen) => listen.port === port)?.address ?? '*';
    const listener = { host: address === '*' ? '' : address, port, software: this.#software };
    const file = this.#options.fileOf(mount.script);
    const payload = routePayload(mount, file, serverName, listener, this.#deployment);
    this.#payloads.set(mount, payload);
    return payload;
  }

  #requestId(request: IncomingMessage): RequestId | null {
    if (!this.#options.audience.hearsRequests) return null;
    const given = this.#options.trustsRequestIds ? request.headers['x-wsgiscope-request'] : undefined;
    return (typeof given === 'string' ? given : `g${++this.#requests}`) as RequestId;
  }
}

/** What is answered to a request that no process gets. */
function statusOf(found: Route | typeof badHost): number {
  switch (found.kind) {
    case 'refused':
      return found.status;
    case 'bad-host':
      return 400;
    case 'unmapped':
      return 404;
    case 'application':
      return 503;
  }
}
