/**
 * Where Python threads connect. On Linux the address is in the abstract namespace, so that no file is left whatever
 * ends the gateway; any local user could connect to it, so each connection must begin with a secret.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abstractAddress, hasAbstractAddresses } from '../../probe/abstract-address.ts';
import { CannotStart } from '../cannot-start.ts';
import { SlotConnection } from './slot-connection.ts';

/** Who connected: a thread of an interpreter of a process. */
export interface Hello {
  readonly process: string;
  readonly applicationGroup: string;
}

type OnSlot = (hello: Hello, connection: SlotConnection) => void;

export class SlotServer {
  /** As Python's `connect` takes it. */
  readonly address: string;
  readonly token = randomBytes(16).toString('hex');
  readonly #directory: string | null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(onSlot: OnSlot, folder: string | null) {
    this.#directory = folder === null ? null : freshFolder(folder);
    this.address = this.#directory === null ? abstractAddress() : join(this.#directory, 'slots');
    this.#server = createServer({ pauseOnConnect: true }, (accepted) =>
      this.#greet(new SlotConnection(accepted), onSlot),
    );
  }

  /**
   * @param folder - Where the socket is made; null is nowhere, where the system has abstract addresses.
   * @throws CannotStart when it cannot be made there; nothing is left then.
   */
  static async listen(
    onSlot: OnSlot,
    folder: string | null = hasAbstractAddresses ? null : tmpdir(),
  ): Promise<SlotServer> {
    const server = new SlotServer(onSlot, folder);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen({ path: server.address, backlog: 511 }, resolve);
    }).catch((error: Error) => {
      server.close();
      throw folder === null ? error : cannotMake(folder, error.message);
    });
    return server;
  }

  /** Ends every connection and removes what was made. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
  }

  #greet(connection: SlotConnection, onSlot: OnSlot): void {
    const { socket } = connection;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let greeting = Buffer.alloc(0);
    connection.take = (block) => {
      greeting = Buffer.concat([greeting, block]);
      const end = greeting.indexOf('\n');
      if (end < 0) {
        if (greeting.length > 4096) socket.destroy();
        return false;
      }
      connection.take = () => false;
      const [token, process = '', applicationGroup = '', thread = ''] = greeting.toString('utf8', 0, end).split('\0');
      connection.thread = thread;
      if (token === this.token) onSlot({ process, applicationGroup }, connection);
      else socket.destroy();
      return false;
    };
  }
}

/**
 * The longest path of a socket that every system takes, in bytes: macOS and the BSDs have 104 with the NUL, Linux 108. A
 * longer one is cut short by libuv without a word, and processes look for it elsewhere.
 */
const longestPath = 103;

/** A folder of its own: what a gateway that was killed has left is in nobody's way. */
function freshFolder(folder: string): string {
  const length = Buffer.byteLength(join(folder, 'wsgiscope-XXXXXX', 'slots'));
  if (length > longestPath) throw cannotMake(folder, `its path would have ${length} bytes, ${longestPath} at most`);
  try {
    return mkdtempSync(join(folder, 'wsgiscope-'));
  } catch (error) {
    throw cannotMake(folder, (error as Error).message);
  }
}

const cannotMake = (folder: string, why: string): CannotStart =>
  new CannotStart(
    `cannot make a socket in the temporary folder ${folder}: ${why}\n  fix: set TMPDIR to a folder that may be written and whose path is short`,
  );
