/**
 * Where Python threads connect. On Linux the address is in the abstract namespace, so that no file is left whatever
 * ends the gateway; any local user could connect to it, so each connection must begin with a secret.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abstractAddress, hasAbstractAddresses } from '../probe/abstract-address.ts';

/** Who connected: a thread of an interpreter of a process. */
export interface Hello {
  readonly process: string;
  readonly applicationGroup: string;
}

export class SlotServer {
  /** As Python's `connect` takes it. */
  readonly address: string;
  readonly token = randomBytes(16).toString('hex');
  readonly #directory: string | null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(onSlot: (hello: Hello, socket: Socket) => void) {
    this.#directory = hasAbstractAddresses ? null : mkdtempSync(join(tmpdir(), 'wsgiscope-'));
    this.address = this.#directory === null ? abstractAddress() : join(this.#directory, 'slots');
    this.#server = createServer((socket) => this.#greet(socket, onSlot));
  }

  static async listen(onSlot: (hello: Hello, socket: Socket) => void): Promise<SlotServer> {
    const server = new SlotServer(onSlot);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen({ path: server.address, backlog: 511 }, resolve);
    });
    return server;
  }

  /** Ends every connection and removes what was made. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
  }

  #greet(socket: Socket, onSlot: (hello: Hello, socket: Socket) => void): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let greeting = Buffer.alloc(0);
    const read = (block: Buffer): void => {
      greeting = Buffer.concat([greeting, block]);
      const end = greeting.indexOf('\n');
      if (end < 0) {
        if (greeting.length > 4096) socket.destroy();
        return;
      }
      socket.off('data', read);
      const [token, process = '', applicationGroup = ''] = greeting.toString('utf8', 0, end).split('\0');
      if (token === this.token) onSlot({ process, applicationGroup }, socket);
      else socket.destroy();
    };
    socket.on('data', read);
  }
}
