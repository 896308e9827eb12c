/** Where clients come in: one HTTP server for each configured port. */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { RequestLimits } from '../../spec/request-limits.ts';
import { CannotStart } from './cannot-start.ts';
import { Connection, takeNoMore } from './connection.ts';
import { answerError, bareError } from './error-page.ts';
import { AccountedResponse, openAccount, type RequestAccounts } from './request-account.ts';
import { headBytes, headersToKeep, refusalOf } from './request-check.ts';
import { SlowClients } from './slow-clients.ts';

export interface FrontOptions {
  /** The configured ports, each once. */
  readonly ports: readonly number[];
  /** The IP address to listen on. */
  readonly address: string;
  /** Where to listen for a configured port; 0 is any free one. */
  readonly portFor: (configured: number) => number;
  /** Connections that the kernel keeps until they are accepted. */
  readonly backlog: number;
  readonly limits: RequestLimits;
  readonly log: (source: string, line: string) => void;
  /** Hears of each request that is refused here; absent where nobody keeps accounts. */
  readonly account?: RequestAccounts;
}

/** Takes a request that came in on a configured port. */
export type Reception = (request: IncomingMessage, response: ServerResponse, port: number) => void;

export class Front {
  readonly #options: FrontOptions;
  readonly #receive: Reception;
  /** By configured port. */
  readonly #servers = new Map<number, Server>();
  readonly #ports = new Map<number, number>();
  /** Of ports that are no longer configured: their connections come to an end. */
  readonly #former = new Set<Server>();
  readonly #slowClients: SlowClients;
  #limits: RequestLimits;
  #connections = 0;
  #onConnectionsOver = (): void => {};

  private constructor(options: FrontOptions, receive: Reception) {
    this.#options = options;
    this.#receive = receive;
    this.#limits = options.limits;
    this.#slowClients = new SlowClients(options.limits, (connection, why) =>
      endUnreadable(connection, 408, why, options.log),
    );
  }

  /**
   * Listens on every port. Connections are taken at once; requests wait for their processes.
   * @throws CannotStart when a port is not to be had; none is listened on then.
   */
  static async open(options: FrontOptions, receive: Reception): Promise<Front> {
    const front = new Front(options, receive);
    await front.listenOn(options.ports);
    return front;
  }

  /** The real port for each configured port. */
  get ports(): ReadonlyMap<number, number> {
    return this.#ports;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections;
  }

  /** From the next request on other limits hold; a port that is already listened on keeps its Timeout and its whole head. */
  set limits(limits: RequestLimits) {
    this.#limits = limits;
    this.#slowClients.limits = limits;
  }

  /** Calls `tell` each time that the last connection has ended. */
  whenConnectionsOver(tell: () => void): void {
    this.#onConnectionsOver = tell;
  }

  /**
   * Listens on those of the ports on which it did not listen so far.
   * @returns what closes all others, with everything that is idle there.
   * @throws CannotStart when a port is not to be had; nothing has changed then.
   */
  async listenOn(ports: readonly number[]): Promise<() => void> {
    const added = new Map<number, Server>();
    try {
      for (const configured of ports)
        if (!this.#servers.has(configured)) added.set(configured, await this.#listen(configured));
    } catch (error) {
      for (const server of added.values()) server.close();
      throw error;
    }
    for (const [configured, server] of added) {
      this.#servers.set(configured, server);
      this.#ports.set(configured, (server.address() as AddressInfo).port);
    }
    return () => {
      for (const [configured, server] of this.#servers) {
        if (ports.includes(configured)) continue;
        this.#servers.delete(configured);
        this.#ports.delete(configured);
        this.#former.add(server);
        server.close(() => this.#former.delete(server));
        server.closeIdleConnections();
      }
    };
  }

  /** Takes no connection from now on; requests in progress go on. */
  close(): void {
    for (const server of this.#servers.values()) {
      server.close();
      server.closeIdleConnections();
    }
  }

  /** Ends every connection and resolves when the ports are free. */
  async end(): Promise<void> {
    await Promise.all(
      [...this.#servers.values(), ...this.#former].map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  async #listen(configured: number): Promise<Server> {
    const { log, account } = this.#options;
    const server = await listen(configured, this.#options);
    const connections = new WeakMap<Socket, Connection>();
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      const connection = connections.get(request.socket);
      if (!connection?.take(request, response)) return;
      const refusal = refusalOf(request, this.#limits);
      if (refusal === null) {
        inTurn(response, () => this.#receive(request, response, configured));
        return;
      }
      if (account) openAccount(request, response, configured, account);
      logRefusal(log, request.socket, refusal.status, refusal.why);
      answerError(response, refusal.status);
    };
    server.on('request', take);
    // The application decides by reading the body whether the client may send it.
    server.on('checkContinue', take);
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const connection = connections.get(socket);
      if (!connection || error.code === 'ECONNRESET') socket.destroy();
      else endUnreadable(connection, error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400, error.message, log);
    });
    // Nothing has moved on the connection for as long as Timeout says; an application may take its time.
    server.on('timeout', (socket: Socket) => {
      if (!connections.get(socket)?.isWorkedFor) socket.destroy();
    });
    server.on('connection', (socket) => {
      this.#connections++;
      const connection = new Connection(socket);
      connections.set(socket, connection);
      this.#slowClients.watch(connection);
      socket.once('close', () => {
        if (--this.#connections === 0) this.#onConnectionsOver();
      });
    });
    return server;
  }
}

/**
 * Nothing more can be read from a connection. Where a request was whole before that, its response goes out first; where
 * the last request is what cannot be read, it is told so, unless its response has begun.
 */
function endUnreadable(connection: Connection, status: 400 | 408, why: string, log: FrontOptions['log']): void {
  const { socket, response } = connection;
  if (connection.isOver) return;
  takeNoMore(socket);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  logRefusal(log, socket, status, why);
  const end = (): void => {
    if (socket.writable) socket.write(bareError(status), 'latin1');
    socket.destroySoon();
  };
  if (response === null || !connection.isAnswering) end();
  else if (!connection.isInBody) response.once('close', end);
  else if (response.headersSent || response.socket === null) socket.destroy();
  else end();
}

/** At one line for each it would be the client who writes the log: what it sent is not repeated. */
const logRefusal = (log: FrontOptions['log'], socket: Socket, status: number, why: string): void =>
  log('gateway', `${status} to ${socket.remoteAddress ?? 'a client that is gone'}: ${why}`);

/**
 * Pipelined requests take their turns, as in Apache: what one did must be done when the next begins. A response has the
 * connection when it is its turn. Source: RFC 9112, 9.3.2; httpd 2.4, ap_process_http_sync_connection.
 */
function inTurn(response: ServerResponse, begin: () => void): void {
  if (response.socket) begin();
  else response.once('socket', begin);
}

async function listen(
  configured: number,
  { address, portFor, backlog, limits, account }: FrontOptions,
): Promise<Server> {
  const server = createServer({
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 5000,
    maxHeaderSize: headBytes(limits),
    ServerResponse: account ? AccountedResponse : ServerResponse,
  });
  server.maxHeadersCount = headersToKeep(limits);
  server.timeout = limits.timeout;
  // Slow clients are cut off here, by what they have sent: node knows only how long it took.
  server.headersTimeout = limits.header.max || limits.header.initial;
  server.requestTimeout = 0;
  const wanted = portFor(configured);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(unavailable(error, address, wanted, configured)));
    server.listen({ port: wanted, host: address, backlog }, resolve);
  });
  return server;
}

function unavailable(error: NodeJS.ErrnoException, address: string, port: number, configured: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CannotStart(
      `port ${port} on ${address} is in use\n  fix: stop what listens there, or choose another port with --port ${configured}=OTHER`,
    );
  if (error.code === 'EACCES')
    return new CannotStart(
      `port ${port} on ${address} needs privileges\n  fix: choose another port with --port ${configured}=OTHER`,
    );
  return new CannotStart(`cannot listen on ${address}:${port}: ${error.message}`);
}
