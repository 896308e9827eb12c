/**
 * A small HTTP server beside the gateway that shows what goes on: for people, for Prometheus, for programs. It reads and
 * changes nothing. It listens on 127.0.0.1 unless told otherwise, and believes no Host header that is a foreign name, so
 * that a page from elsewhere cannot read it through the browser (DNS rebinding).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { CannotStart } from '../cannot-start.ts';
import { Metrics } from './metrics.ts';
import { statusMain } from './status-main.ts';
import { contentSecurityPolicy, statusPage } from './status-page.ts';
import { streamTrace } from './trace-stream.ts';
import type { Watch } from './watch.ts';

export interface AdminOptions {
  readonly watch: Watch;
  readonly address: string;
  /** 0 is any free one. */
  readonly port: number;
}

/** How much may wait for a reader that does not keep up, in bytes, before it is let go. */
const patience = 1 << 20;

export class AdminServer {
  readonly #server: Server;
  readonly #watch: Watch;
  readonly #metrics: Metrics;
  readonly #address: string;
  readonly #pages: Readonly<Record<string, (response: ServerResponse) => void | Promise<void>>> = {
    '/': (response) => this.#page(response),
    '/live': (response) => this.#live(response),
    '/status.json': (response) => this.#json(response),
    '/metrics': (response) => this.#scrape(response),
    '/trace': (response) => this.#trace(response),
  };

  /** @throws CannotStart when the port is not to be had. */
  static async open(options: AdminOptions): Promise<AdminServer> {
    const admin = new AdminServer(options);
    await new Promise<void>((resolve, reject) => {
      admin.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new CannotStart(
            `the status page cannot listen on ${options.address}:${options.port}: ${why(error)}\nfix: choose another port with --admin PORT; 0 is any free one`,
          ),
        ),
      );
      admin.#server.listen({ port: options.port, host: options.address }, resolve);
    });
    return admin;
  }

  private constructor({ watch, address }: AdminOptions) {
    this.#watch = watch;
    this.#address = address;
    this.#metrics = new Metrics(watch.ledger);
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://${this.#address.includes(':') ? `[${this.#address}]` : this.#address}:${port}/`;
  }

  /** Lets every reader go. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!isOwnName(request.headers.host ?? '')) {
      say(response, 421, 'Ask by IP address or as localhost: a name could be of somebody else’s making.\n');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      say(response, 405, 'Only GET and HEAD: nothing can be changed here.\n');
      return;
    }
    const path = (request.url ?? '/').replace(/\?.*/s, '');
    const page = Object.hasOwn(this.#pages, path) ? this.#pages[path] : undefined;
    if (!page) say(response, 404, `There are ${Object.keys(this.#pages).join(', ')}.\n`);
    else if (this.#watch.status() === null) {
      response.setHeader('Retry-After', '1');
      say(response, 503, 'The gateway is not there yet.\n');
    } else void page(response);
  }

  #page(response: ServerResponse): void {
    const status = this.#watch.status();
    if (!status) return;
    response.setHeader('Content-Security-Policy', contentSecurityPolicy);
    response.setHeader('Referrer-Policy', 'no-referrer');
    send(response, 200, 'text/html; charset=utf-8', statusPage(status));
  }

  #json(response: ServerResponse): void {
    send(response, 200, 'application/json; charset=utf-8', `${JSON.stringify(this.#watch.status(), null, 2)}\n`);
  }

  async #scrape(response: ServerResponse): Promise<void> {
    const status = this.#watch.status();
    if (status) send(response, 200, this.#metrics.contentType, await this.#metrics.text(status));
  }

  /** Server-sent events: the whole of the page's main part, each second. */
  #live(response: ServerResponse): void {
    const write = this.#stream(response, 'text/event-stream; charset=utf-8');
    if (!write) return;
    const tell = (): void => {
      const status = this.#watch.status();
      if (status) write(`data: ${JSON.stringify(statusMain(status).text)}\n\n`);
    };
    tell();
    const timer = setInterval(tell, 1000);
    response.once('close', () => clearInterval(timer));
  }

  #trace(response: ServerResponse): void {
    const write = this.#stream(response, 'application/x-ndjson; charset=utf-8');
    if (!write) return;
    const { audience, configuration } = this.#watch;
    const header = { world: 'gateway', configuration, seed: null };
    const end = streamTrace(audience, header, write, () => this.#watch.age);
    response.once('close', end);
  }

  /** Begins a response without an end. @returns null for a HEAD. */
  #stream(response: ServerResponse, type: string): ((text: string) => void) | null {
    response.writeHead(200, { 'Content-Type': type });
    if (response.req.method === 'HEAD') {
      response.end();
      return null;
    }
    response.flushHeaders();
    return (text) => {
      // It would wait in our memory, and there is no end to it.
      if (response.writableLength > patience) response.destroy();
      else response.write(text);
    };
  }
}

/** An IP address or localhost: a page elsewhere can make its own name lead here, but not these. */
function isOwnName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  return name.toLowerCase() === 'localhost' || isIP(name) !== 0;
}

const say = (response: ServerResponse, status: number, text: string): void =>
  send(response, status, 'text/plain; charset=utf-8', text);

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

/** What is wrong with an address to listen on, in words where there are some. */
function why({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'the port is in use';
  if (code === 'EACCES') return 'the port needs privileges';
  return code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : message;
}
