/** The gate: where requests wait inside the application until the driver lets them go on. */
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abstractAddress, hasAbstractAddresses } from './abstract-address.ts';
import { type Farewell, type Report, readFarewell, readReport, readStall, readTold, type Told } from './observation.ts';
import type { Target } from './target.ts';

/** What the gate tells its driver. */
export interface Keeper {
  /** A request is inside the application and waits. It may come twice if a server repeats it. */
  arrived(report: Report): void;
  /** An interpreter calls what a request registered; it goes on when this returns. */
  parted(farewell: Farewell): void;
  /** A script is being executed and waits. */
  stalls(script: string): void;
  /** A program tells what it finds; it goes on when this settles. */
  told(told: Told): Promise<void>;
}

export class Gate {
  /** What a request names in its `X-Wsgiscope-Hold` header: a path, or an abstract address with `@` in the place of NUL. */
  readonly path: string;
  readonly #directory: string | null;
  readonly #keeper: Keeper;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  readonly #waiting = new Map<string, Socket[]>();
  readonly #open = new Set<string>();

  private constructor(directory: string | null, keeper: Keeper) {
    this.#directory = directory;
    this.path = directory === null ? abstractAddress().replace('\0', '@') : join(directory, 'gate');
    this.#keeper = keeper;
    this.#server = createServer((socket) => this.#receive(socket));
  }

  /**
   * Listens on a Unix socket: an abstract one where the system has them, else one in a directory of its own that only
   * the applications' user can enter.
   * @throws Error if the socket cannot be made, for instance because the temporary directory's path is too long for one.
   */
  static async listen(user: Target['applicationUser'], keeper: Keeper): Promise<Gate> {
    const directory = hasAbstractAddresses ? null : await mkdtemp(join(tmpdir(), 'wsgiscope-'));
    const gate = new Gate(directory, keeper);
    try {
      await new Promise<void>((resolve, reject) =>
        gate.#server.once('error', reject).listen(gate.path.replace(/^@/, '\0'), () => resolve()),
      );
      if (user && directory !== null) for (const path of [gate.path, directory]) await chown(path, user.uid, user.gid);
      return gate;
    } catch (error) {
      await gate.close();
      throw error;
    }
  }

  /** Lets a request, or a script that stalls, go on: at once where it waits already, else as soon as it arrives. */
  letGo(request: string): void {
    this.#open.add(request);
    for (const socket of this.#waiting.get(request) ?? []) socket.end('.');
    this.#waiting.delete(request);
  }

  /** A script that arrives from now on waits. */
  shut(script: string): void {
    this.#open.delete(script);
  }

  /** Lets everything go and removes the socket and its directory. */
  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#directory !== null) await rm(this.#directory, { recursive: true, force: true });
  }

  #receive(socket: Socket): void {
    this.#connections.add(socket);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('close', () => this.#connections.delete(socket));
    // A process that ends while it waits takes its end of the socket with it; its request's response tells the rest.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      socket.removeAllListeners('data').resume();
      const line = text.slice(0, end);
      const report = readReport(line);
      const told = readTold(line);
      const farewell = readFarewell(line);
      const stalled = readStall(line);
      if (report) {
        this.#admit(report.request, socket);
        this.#keeper.arrived(report);
      } else if (told) {
        void this.#keeper.told(told).then(() => socket.end('.'));
      } else if (stalled !== null) {
        this.#admit(stalled, socket);
        this.#keeper.stalls(stalled);
      } else if (farewell) {
        this.#keeper.parted(farewell);
        socket.end('.');
      } else socket.destroy();
    });
  }

  #admit(who: string, socket: Socket): void {
    if (this.#open.has(who)) socket.end('.');
    else this.#waiting.set(who, [...(this.#waiting.get(who) ?? []), socket]);
  }
}
