/** For tests: a socket at which applications wait until they are let go. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #onEntered = (): void => {};

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      this.#waiting.push(socket);
      this.#onEntered();
    });
  }

  static async open(): Promise<Gate> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Gate(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many requests wait here. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when so many requests wait here. */
  async entered(count: number): Promise<void> {
    if (this.#waiting.length >= count) return;
    await new Promise<void>((resolve) => {
      this.#onEntered = () => {
        if (this.#waiting.length >= count) resolve();
      };
    });
  }

  letGo(): void {
    for (const socket of this.#waiting.splice(0)) socket.end('x');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
