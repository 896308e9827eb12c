/**
 * One performance of a program: the client's half on a connection of its own, byte by byte, and what the application tells
 * of its half meanwhile.
 */
import { connect, type Socket } from 'node:net';
import { type Program, programs, type ResponseEnd, type Telling } from '../../spec/programs.ts';
import { methodOf } from '../../spec/scenario.ts';
import type { Address, Happening } from '../../spec/trace.ts';
import type { RequestId } from '../../spec/vocabulary.ts';
import { hostHeader, type Outcome, pathOf } from './exchange.ts';
import { ResponseReader } from './response-reader.ts';

/**
 * How long something that must come is waited for, in ms: only a server that breaks a rule makes anybody wait. The client
 * is more patient than the application, which waits for what the client has.
 */
const patience = { silence: 10_000, receipt: 4000, continue: 4000, closing: 4000 };

export class Performance {
  /** Never rejects. It is settled when the connection is closed. */
  readonly outcome: Promise<Outcome>;
  readonly #request: RequestId;
  readonly #program: Program;
  readonly #record: (happening: Happening) => void;
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  /** What of it is to be closed still. */
  #returned: 'iterable' | 'file' | null = null;
  #isConnected = false;
  #isOver = false;
  /** Why it is over, where the server did not simply close the connection. */
  #because: ResponseEnd | null = null;
  #error: string | null = null;
  /** Called whenever anything has happened that somebody may wait for. */
  readonly #watchers = new Set<() => void>();

  /**
   * @param headers - What tells the probe its task.
   * @param record - Takes what is seen of it, up to the outcome.
   */
  constructor(
    { request, program, to }: { readonly request: RequestId; readonly program: Program; readonly to: Address },
    place: { readonly host: string; readonly port: number },
    headers: Readonly<Record<string, string>>,
    record: (happening: Happening) => void,
  ) {
    this.#request = request;
    this.#program = program;
    this.#record = record;
    this.#socket = connect({ ...place, noDelay: true });
    this.#listen();
    this.outcome = this.#perform(headOf(program, to, headers), programs[program].body ?? '');
  }

  /** The application tells something; it goes on when this settles. */
  async told(told: Telling): Promise<void> {
    if (told.what === 'returning') this.#returned = told.of;
    if (told.what === 'closed' && told.of === this.#returned) this.#returned = null;
    this.#tellWatchers();
    if (told.what !== 'asked' || told.awaits === null || told.awaits === 0) return;
    const { awaits } = told;
    await this.#until(() => this.#reader.bodyLength >= awaits || this.#isOver, patience.receipt);
    if (this.#reader.bodyLength < awaits) return;
    this.#record({ kind: 'response.progressed', request: this.#request, bytes: this.#reader.bodyLength });
    if (this.#program === 'outlives-its-client') this.#hangUp('hung-up');
  }

  /** What was returned has been closed, or nothing was, or there is no more hope of it. */
  async whenClosed(): Promise<void> {
    await this.outcome;
    await this.#until(() => this.#returned === null, patience.closing);
  }

  abandon(): void {
    this.#returned = null;
    this.#hangUp('hung-up');
    this.#tellWatchers();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('connect', () => {
      this.#isConnected = true;
    });
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#tellWatchers();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#because ??= 'reset';
      this.#error = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.#isOver = true;
      this.#tellWatchers();
    });
    socket.setTimeout(patience.silence, () => this.#hangUp('silence'));
  }

  async #perform(head: string, body: string): Promise<Outcome> {
    this.#socket.write(head, 'latin1');
    let continued: boolean | null = null;
    if (this.#program === 'reads-after-continue') {
      const isAnswered = (): boolean => this.#reader.hasContinued || this.#reader.hasBegun;
      await this.#until(() => isAnswered() || this.#isOver, patience.continue);
      continued = this.#reader.hasContinued;
    }
    if (!this.#isOver) this.#socket.write(body, 'latin1');
    await this.#until(() => this.#reader.isComplete || this.#isOver);
    // What comes behind the end comes before the connection is closed.
    await this.#until(() => this.#isOver, patience.closing);
    this.#hangUp('hung-up');
    await this.#until(() => this.#isOver);
    if (!this.#isConnected) return { kind: 'failed', reason: this.#error ?? 'abandoned' };
    const received = this.#reader.received(this.#because ?? 'cut', continued);
    this.#record({ kind: 'response.received', request: this.#request, received });
    return received.end === 'complete' && received.status !== null
      ? { kind: 'finished', status: received.status, body: '' }
      : { kind: 'failed', reason: received.end === 'complete' ? 'no HTTP status' : received.end };
  }

  /** A reset, so that the server must notice. */
  #hangUp(because: ResponseEnd): void {
    if (this.#isOver) return;
    this.#because ??= because;
    this.#socket.resetAndDestroy();
  }

  #tellWatchers(): void {
    for (const look of [...this.#watchers]) look();
  }

  /** Settles once it is so, or after so many ms. */
  async #until(isSo: () => boolean, atMost?: number): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#watchers.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const look = (): void => {
        if (isSo()) done();
      };
      const timer = atMost === undefined ? undefined : setTimeout(done, atMost);
      this.#watchers.add(look);
    });
  }
}

/** The request up to its body. One that is answered with too little is not to be closed because the client wants it so. */
function headOf(program: Program, to: Address, headers: Readonly<Record<string, string>>): string {
  const { body } = programs[program];
  return [
    `${methodOf({ kind: 'perform', program })} ${pathOf(to)} HTTP/1.1`,
    `Host: ${hostHeader(to)}`,
    `Connection: ${program === 'yields-too-little' ? 'keep-alive' : 'close'}`,
    ...(body === null ? [] : [`Content-Length: ${body.length}`, 'Content-Type: application/octet-stream']),
    ...(program === 'reads-after-continue' ? ['Expect: 100-continue'] : []),
    // Beyond ASCII, as headers may be: Latin-1 is how an application has to see it.
    ...(program === 'describes-environ' ? ['X-Wsgiscope-Accent: \u00e9'] : []),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');
}
