/** Where clients come in: a listener for each configured port, and one reader of requests for all of them. */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { KeepAlive } from '../../../spec/serving/keep-alive.ts';
import type { RequestLimits } from '../../../spec/serving/request-limits.ts';
import { CannotStart } from '../cannot-start.ts';
import { Connection, type Persistence } from './connection.ts';
import { answerError, bareError } from './error-page.ts';
import { Intake, takeNoMore } from './intake.ts';
import { lingerOnClose } from './lingering-close.ts';
import { AccountedResponse, openAccount, type RequestAccounts } from './request-account.ts';
import { headBytes, headersToKeep, refusalOf } from './request-check.ts';
import { roomForConnections } from './room-for-connections.ts';
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
  readonly keepAlive: KeepAlive;
  readonly limits: RequestLimits;
  readonly log: (source: string, line: string) => void;
  /** Hears of each request that is refused here; absent where nobody keeps accounts. */
  readonly account?: RequestAccounts;
}

/** Who takes connections, and the requests that are read from them. */
export interface Hall {
  arrive(connection: Connection): void;
  receive(request: IncomingMessage, response: ServerResponse, connection: Connection): void;
}

export class Front {
  readonly #options: FrontOptions;
  readonly #hall: Hall;
  /** Reads requests from the connections that a child has accepted; it listens nowhere itself. */
  readonly #reader: HttpServer;
  /** By configured port. */
  readonly #listeners = new Map<number, Server>();
  readonly #ports = new Map<number, number>();
  readonly #arrived = new Map<Socket, { readonly connection: Connection; readonly intake: Intake }>();
  readonly #slowClients: SlowClients;
  #limits: RequestLimits;
  #room: number | null = null;
  #isFull = false;
  #persistence: Persistence = { moreRequests: null };
  #onConnectionsOver = (): void => {};

  private constructor(options: FrontOptions, hall: Hall) {
    this.#options = options;
    this.#hall = hall;
    const { limits, log, account } = options;
    this.#limits = limits;
    this.#slowClients = new SlowClients(limits, (intake, why) => endUnreadable(intake, 408, why, log));
    this.#reader = createReader(options);
    this.keepAlive = options.keepAlive;
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      const arrived = this.#arrived.get(request.socket);
      if (!arrived?.intake.take(request, response)) return;
      const { connection } = arrived;
      const refusal = refusalOf(request, this.#limits);
      if (refusal === null) {
        hall.receive(request, response, connection);
        return;
      }
      if (account) openAccount(request, response, connection.port, account);
      logRefusal(log, request.socket, refusal.status, refusal.why);
      connection.take(response, () => answerError(response, refusal.status));
    };
    this.#reader.on('request', take);
    // The application decides by reading the body whether the client may send it.
    this.#reader.on('checkContinue', take);
    this.#reader.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const arrived = this.#arrived.get(socket);
      if (!arrived || error.code === 'ECONNRESET') socket.destroy();
      else endUnreadable(arrived.intake, error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400, error.message, log);
    });
    // Nothing has moved on the connection for as long as Timeout says; an application may take its time.
    this.#reader.on('timeout', (socket: Socket) => {
      // Node tells of it once: the time begins anew, for a client that may be waited for afterwards.
      const arrived = this.#arrived.get(socket);
      if (arrived?.intake.isWorkedFor) socket.setTimeout(this.#reader.timeout);
      else if (arrived) arrived.connection.close();
      else socket.destroy();
    });
    // Node looks after the timeouts of a server's connections from this event on.
    this.#reader.emit('listening');
  }

  /**
   * Listens on every port.
   * @throws CannotStart when a port is not to be had; none is listened on then.
   */
  static async open(options: FrontOptions, hall: Hall): Promise<Front> {
    const front = new Front(options, hall);
    try {
      await front.listenOn(options.ports);
    } catch (error) {
      front.#reader.close();
      throw error;
    }
    return front;
  }

  /** The real port for each configured port. */
  get ports(): ReadonlyMap<number, number> {
    return this.#ports;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#arrived.size;
  }

  /** From the next request on other limits hold; Timeout and the size of a whole head stay as they were. */
  set limits(limits: RequestLimits) {
    this.#limits = limits;
    this.#slowClients.limits = limits;
  }

  /** How long connections are kept, from the next request on. */
  set keepAlive({ isOn, timeout, maxRequests }: KeepAlive) {
    this.#persistence = { moreRequests: isOn && timeout > 0 ? maxRequests : null };
    this.#reader.keepAliveTimeout = timeout;
  }

  /** Calls `tell` each time that the last connection has ended. */
  whenConnectionsOver(tell: () => void): void {
    this.#onConnectionsOver = tell;
  }

  /**
   * Listens on those of the ports on which it did not listen so far.
   * @returns what closes all others; connections that came in there go on.
   * @throws CannotStart when a port is not to be had; nothing has changed then.
   */
  async listenOn(ports: readonly number[]): Promise<() => void> {
    const added = new Map<number, Server>();
    try {
      for (const configured of ports)
        if (!this.#listeners.has(configured)) added.set(configured, await this.#listen(configured));
    } catch (error) {
      for (const server of added.values()) server.close();
      throw error;
    }
    for (const [configured, server] of added) {
      this.#listeners.set(configured, server);
      this.#ports.set(configured, (server.address() as AddressInfo).port);
    }
    return () => {
      for (const [configured, server] of this.#listeners) {
        if (ports.includes(configured)) continue;
        this.#listeners.delete(configured);
        this.#ports.delete(configured);
        server.close();
      }
    };
  }

  /** Takes no connection from now on; requests in progress go on. */
  close(): void {
    for (const server of this.#listeners.values()) server.close();
  }

  /** Ends every connection and resolves when the ports are free. */
  async end(): Promise<void> {
    this.#reader.close();
    for (const { connection } of this.#arrived.values()) connection.close();
    await Promise.all(
      [...this.#listeners.values()].map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }

  async #listen(configured: number): Promise<Server> {
    const { address, portFor, backlog } = this.#options;
    // What comes in is not read before a child has accepted it.
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) =>
      this.#arrive(socket, configured),
    );
    const wanted = portFor(configured);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(unavailable(error, address, wanted, configured)));
      server.listen({ port: wanted, host: address, backlog }, resolve);
    });
    // A connection that could not be accepted is no reason to end: others can.
    server.on('error', (error) => this.#options.log('gateway', `cannot accept a connection: ${error.message}`));
    return server;
  }

  /**
   * Without descriptors left the kernel's queue would fill, or libuv would close connections without a word: those beyond
   * the room are closed here, and it is said once until there is room again.
   */
  #turnAway(socket: Socket): void {
    socket.destroy();
    if (this.#isFull) return;
    this.#isFull = true;
    this.#options.log(
      'gateway',
      `the limit of open files leaves room for ${this.#room} connections: further ones are closed until some have ended; raise it with ulimit -n`,
    );
  }

  #arrive(socket: Socket, port: number): void {
    // Counted when the processes have their connections.
    this.#room ??= roomForConnections();
    if (this.#arrived.size >= this.#room) {
      this.#turnAway(socket);
      return;
    }
    const intake = new Intake(socket);
    const read = (): void => {
      this.#slowClients.watch(intake);
      lingerOnClose(intake);
      this.#reader.emit('connection', socket);
      socket.resume();
    };
    const connection = new Connection(socket, port, () => this.#persistence, read);
    this.#arrived.set(socket, { connection, intake });
    socket.once('close', () => {
      this.#arrived.delete(socket);
      if (this.#isFull && this.#arrived.size < 0.9 * (this.#room ?? 0)) this.#isFull = false;
      if (this.#arrived.size === 0) this.#onConnectionsOver();
    });
    // One that nobody reads has no other listener for it.
    socket.on('error', () => {});
    this.#hall.arrive(connection);
  }
}

/**
 * Nothing more can be read from a connection. Where a request was whole before that, its response goes out first; where
 * the last request is what cannot be read, it is told so, unless its response has begun.
 */
function endUnreadable(connection: Intake, status: 400 | 408, why: string, log: FrontOptions['log']): void {
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

/** Reads requests; slow clients are cut off elsewhere, by what they have sent: node knows only how long it took. */
function createReader({ limits, account }: FrontOptions): HttpServer {
  const reader = createHttpServer({
    connectionsCheckingInterval: 5000,
    maxHeaderSize: headBytes(limits),
    ServerResponse: account ? AccountedResponse : ServerResponse,
  });
  // Whoever has said all still hears the answer: Apache looks for a client's end only where it reads. Node's own property,
  // which its types leave out: lib/_http_server.js, socketOnEnd.
  Object.assign(reader, { httpAllowHalfOpen: true });
  reader.maxHeadersCount = headersToKeep(limits);
  reader.timeout = limits.timeout;
  reader.headersTimeout = limits.header.max || limits.header.initial;
  reader.requestTimeout = 0;
  return reader;
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
  if (error.code === 'EADDRNOTAVAIL')
    return new CannotStart(
      `this machine has no address ${address}\n  fix: choose another one with --address: 127.0.0.1 is this machine, 0.0.0.0 all of its addresses`,
    );
  return new CannotStart(`cannot listen on ${address}:${port}: ${error.message}`);
}
