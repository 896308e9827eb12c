/** Where clients come in: one HTTP server for each configured port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CannotStart } from './cannot-start.ts';

export interface FrontOptions {
  /** The configured ports, each once. */
  readonly ports: readonly number[];
  /** The IP address to listen on. */
  readonly address: string;
  /** Where to listen for a configured port; 0 is any free one. */
  readonly portFor: (configured: number) => number;
  /** Connections that the kernel keeps until they are accepted. */
  readonly backlog: number;
}

/** Takes a request that came in on a configured port. */
export type Reception = (request: IncomingMessage, response: ServerResponse, port: number) => void;

export class Front {
  /** The real port for each configured port. */
  readonly ports: ReadonlyMap<number, number>;
  readonly #servers: readonly Server[];

  private constructor(ports: ReadonlyMap<number, number>, servers: readonly Server[]) {
    this.ports = ports;
    this.#servers = servers;
  }

  /**
   * Listens on every port. Connections are taken at once; requests wait for their processes.
   * @throws CannotStart when a port is not to be had; none is listened on then.
   */
  static async open(options: FrontOptions, receive: Reception): Promise<Front> {
    const ports = new Map<number, number>();
    const servers: Server[] = [];
    try {
      for (const configured of options.ports) {
        const server = await listen(configured, options);
        servers.push(server);
        ports.set(configured, (server.address() as AddressInfo).port);
        const take = (request: IncomingMessage, response: ServerResponse): void =>
          receive(request, response, configured);
        server.on('request', take);
        // The application decides by reading the body whether the client may send it.
        server.on('checkContinue', take);
      }
    } catch (error) {
      for (const server of servers) server.close();
      throw error;
    }
    return new Front(ports, servers);
  }

  /** Takes no connection from now on; requests in progress go on. */
  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeIdleConnections();
    }
  }

  /** Ends every connection and resolves when the ports are free. */
  async end(): Promise<void> {
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }
}

async function listen(configured: number, { address, portFor, backlog }: FrontOptions): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 5000 });
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
