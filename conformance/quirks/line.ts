/** A connection to a server on which bytes are sent and seen exactly as they are. */
import { connect, type Socket } from 'node:net';
import type { Received } from '../../spec/programs.ts';
import { ResponseReader } from '../../src/probe/response-reader.ts';

/** How it stands when no more is read. */
export type LineEnd = 'closed' | 'reset' | 'refused' | 'still open';

export class Line {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #end: LineEnd = 'still open';
  #sent = '';
  #seen = '';
  #changed: () => void = () => {};

  private constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    this.#socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      this.#seen += chunk.toString('latin1');
      this.#changed();
    });
    this.#socket.on('end', () => this.#ended('closed'));
    this.#socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      this.#ended(code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    );
  }

  static open(port: number): Line {
    return new Line(port);
  }

  /** @param text - Latin-1. */
  send(text: string): void {
    this.#sent += text;
    this.#socket.write(text, 'latin1');
  }

  /** Waits until something holds, the connection has ended, or the time is over. @param patience - In ms. */
  async until(holds: () => boolean, patience: number): Promise<boolean> {
    const giveUpAt = performance.now() + patience;
    while (!holds() && this.#end === 'still open') {
      const left = giveUpAt - performance.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return holds();
  }

  /** Waits for the end of a response, by what its headers say of it or by that of the connection. */
  async untilAnswered(patience = 4_000): Promise<void> {
    await this.until(() => this.#reader.isComplete, patience);
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  get sent(): string {
    return this.#sent;
  }

  get seen(): string {
    return this.#seen;
  }

  get end(): LineEnd {
    return this.#end;
  }

  /** Everything came that the headers of the response announce. */
  get isComplete(): boolean {
    return this.#reader.isComplete;
  }

  get hasContinued(): boolean {
    return this.#reader.hasContinued;
  }

  /** What came, read as one response. */
  get response(): Received {
    return this.#reader.received(
      this.#end === 'still open' ? 'silence' : this.#end === 'closed' ? 'cut' : 'reset',
      null,
    );
  }

  #ended(how: LineEnd): void {
    if (this.#end === 'still open') this.#end = how;
    this.#changed();
  }
}
