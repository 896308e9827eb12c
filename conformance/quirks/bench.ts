/** A server that runs with the application of the measurement, and what experiments do to it. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../adapters/free-ports.ts';
import { pause } from '../adapters/pause.ts';
import { ProcessFamily } from '../adapters/process-family.ts';
import { applicationModule, applicationText, notesFile } from './application.ts';
import { Line } from './line.ts';
import type { FoundStand, Prepared } from './stand.ts';

export interface Asked {
  readonly method?: string;
  readonly target?: string;
  /** Whole lines, without their ends; beside Host, X-Do and, unless `persistent`, Connection: close. */
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly persistent?: boolean;
  readonly host?: string | null;
}

/** How long a server may take to start, in ms. */
const startPatience = 30_000;

export class Bench {
  readonly found: FoundStand;
  readonly folder: string;
  readonly port: number;
  readonly family: ProcessFamily;
  readonly prepared: Prepared;
  /** The version of Python, as the application says. */
  python = '';
  readonly #heard: Heard;
  readonly #signal: AbortSignal;

  private constructor(
    fields: Pick<Bench, 'found' | 'folder' | 'port' | 'family' | 'prepared'>,
    heard: Heard,
    signal: AbortSignal,
  ) {
    this.found = fields.found;
    this.folder = fields.folder;
    this.port = fields.port;
    this.family = fields.family;
    this.prepared = fields.prepared;
    this.#heard = heard;
    this.#signal = signal;
  }

  /** Starts a server, lets it be used, and leaves nothing of it behind. */
  static async use<T>(
    found: FoundStand,
    workers: number,
    signal: AbortSignal,
    use: (bench: Bench) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-quirks-'));
    try {
      // The application may run as another user.
      await chmod(folder, 0o755);
      await writeFile(join(folder, `${applicationModule}.py`), applicationText);
      await writeFile(join(folder, notesFile), '');
      await chmod(join(folder, notesFile), 0o666);
      const port = (await freePorts([1])).get(1) ?? 0;
      const prepared = await found.prepare({ folder, port, workers });
      const heard: Heard = { stdout: '', stderr: '' };
      const family = await ProcessFamily.start({
        ...prepared.launch,
        folder,
        onAnswer: (line) => {
          heard.stdout += `${line}\n`;
        },
        onLine: (line) => {
          heard.stderr += `${line}\n`;
        },
      });
      try {
        const bench = new Bench({ found, folder, port, family, prepared }, heard, signal);
        await bench.#untilReady();
        return await use(bench);
      } finally {
        await family.stop(found.stopping);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** A request as text. @param action - A function of the application and its arguments. */
  request(action: string, { method = 'GET', target = '/', headers = [], body = '', ...more }: Asked = {}): string {
    const { persistent = false, host = 'shop.example' } = more;
    const lines = [
      `${method} ${target} HTTP/1.1`,
      ...(host === null ? [] : [`Host: ${host}`]),
      ...(persistent ? [] : ['Connection: close']),
      ...(action === '' ? [] : [`X-Do: ${action}`]),
      ...headers,
    ];
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  /** Sends one request and waits for its response, which is then read no further. */
  async ask(action: string, asked: Asked = {}, patience = 4_000): Promise<Line> {
    const line = Line.open(this.port);
    line.send(this.request(action, asked));
    await line.untilAnswered(patience);
    line.hangUp();
    return line;
  }

  /** The pid of a process that answers; null where none does in time. @param patience - In ms. */
  async pid(patience = 4_000): Promise<number | null> {
    const { response } = await this.ask('process', {}, patience);
    if (response.status !== 200) return null;
    const [pid = '', python = ''] = response.body.split(' ');
    this.python = python;
    return Number(pid);
  }

  /** Asks for the pid again and again until it satisfies, or the time is over; null is no answer. */
  async pidThat(holds: (pid: number | null) => boolean, patience: number): Promise<number | null> {
    const giveUpAt = performance.now() + patience;
    for (;;) {
      const pid = await this.pid(Math.max(500, giveUpAt - performance.now()));
      if (holds(pid) || performance.now() > giveUpAt || this.family.hasEnded) return pid;
      await pause(50, this.#signal);
    }
  }

  /** What the application noted since it was last asked. */
  async notes(): Promise<string> {
    const file = join(this.folder, notesFile);
    const noted = await readFile(file, 'utf8');
    await writeFile(file, '');
    return noted;
  }

  /** Where a word was written to, that only the application knows. */
  async whereIs(word: string): Promise<'stdout' | 'stderr' | 'error-log' | 'lost'> {
    const giveUpAt = performance.now() + 1_500;
    for (;;) {
      const log = this.prepared.errorLog;
      if (this.#heard.stdout.includes(word)) return 'stdout';
      if (this.#heard.stderr.includes(word)) return 'stderr';
      if (log !== undefined && (await readFile(log, 'utf8').catch(() => '')).includes(word)) return 'error-log';
      if (performance.now() > giveUpAt) return 'lost';
      await pause(50, this.#signal);
    }
  }

  pause(ms: number): Promise<void> {
    return pause(ms, this.#signal);
  }

  async #untilReady(): Promise<void> {
    const giveUpAt = performance.now() + startPatience;
    while ((await this.pid()) === null) {
      if (this.family.hasEnded || performance.now() > giveUpAt)
        throw new Error(`the server did not start:\n${this.#heard.stdout}${this.#heard.stderr}`);
      await pause(50, this.#signal);
    }
  }
}

interface Heard {
  stdout: string;
  stderr: string;
}
