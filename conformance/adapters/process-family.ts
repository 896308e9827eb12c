/** A program that runs in a process group of its own, together with all processes it makes, until none is left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { canSeeProcesses, statOf } from '../../src/probe/process-mark.ts';
import { readProc } from '../../src/probe/read-proc.ts';

export interface Launch {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The directory in which it starts; by default that of this process. */
  readonly directory?: string;
}

export interface FamilyOptions extends Launch {
  /** Is removed if this very process dies without stopping the family, which is then killed. */
  readonly folder: string;
  /** Hears each line that any of them writes to its standard output or standard error. */
  readonly onLine?: (line: string) => void;
  /** Talks with the program: hears its standard output instead of `onLine`, and its standard input is open for `write`. */
  readonly onAnswer?: (line: string) => void;
}

type Hearing = Pick<FamilyOptions, 'onLine' | 'onAnswer'>;

/** How a program is stopped in the way that is quick for it. */
export interface Stopping {
  /** What it is sent. */
  readonly signal: NodeJS.Signals;
  /** How long its own way to stop is waited for before its children are killed, in ms. */
  readonly grace: number;
  /**
   * It is sent the signal again and again, which wakes it to reap what was killed, and is killed itself when no child is
   * left. For programs that leave nothing behind but processes.
   */
  readonly isNudged: boolean;
}

const asItLikes: Stopping = { signal: 'SIGTERM', grace: 60, isNudged: false };

/** Of what a program writes only the end is kept, in characters. */
const kept = 100_000;

export class ProcessFamily {
  readonly #parent: ChildProcess;
  readonly #guard: ChildProcess;
  readonly #closed: Promise<unknown>;
  #written = '';

  private constructor(parent: ChildProcess, guard: ChildProcess, { onLine = () => {}, onAnswer }: Hearing) {
    this.#parent = parent;
    // Whoever has ended reads nothing; that it has ended is told otherwise.
    parent.stdin?.on('error', () => {});
    this.#guard = guard;
    this.#closed = new Promise((resolve) => parent.once('close', resolve));
    const hear = (stream: Readable | null, told: (line: string) => void): void => {
      if (stream) createInterface({ input: stream }).on('line', told);
    };
    const logged = (line: string): void => {
      this.#written = `${this.#written}${line}\n`.slice(-kept);
      onLine(line);
    };
    hear(parent.stdout, onAnswer ?? logged);
    hear(parent.stderr, logged);
  }

  /**
   * Starts the program. Its process group is its own, because servers signal their whole group when they stop.
   * @throws Error if the program cannot be started.
   */
  static async start(options: FamilyOptions): Promise<ProcessFamily> {
    const { program, parameters, environment, directory, folder, onAnswer } = options;
    const parent = spawn(program, parameters, {
      env: environment,
      detached: true,
      stdio: [onAnswer ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    await once(parent, 'spawn');
    // The shell's input ends when this process is gone, however it ended.
    const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "-$0"; rm -rf -- "$1"', `${parent.pid}`, folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return new ProcessFamily(parent, guard, options);
  }

  /** Writes a line to its standard input, where it is open. */
  write(line: string): void {
    this.#parent.stdin?.write(`${line}\n`);
  }

  get pid(): number {
    return this.#parent.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#parent.exitCode !== null || this.#parent.signalCode !== null;
  }

  /** The processes that the program itself has made, without theirs; those that wait to be reaped are among them. */
  get children(): readonly number[] {
    return this.hasEnded ? [] : childrenOf(this.pid);
  }

  /** Sends a signal to the program itself, unless it has ended. */
  signal(name: NodeJS.Signals): void {
    if (!this.hasEnded) this.#parent.kill(name);
  }

  /** The end of what the program wrote. */
  get complaint(): string {
    return this.#written;
  }

  /** Settles when all that it wrote has been heard: once it has ended, and whoever else holds its streams too. */
  get whenHeard(): Promise<unknown> {
    return this.#closed;
  }

  /**
   * Asks the parent to stop and removes its children, which it then reaps: with nobody to reap them they would stay as
   * zombies wherever process 1 does not care. Their own way to stop is not waited for.
   */
  async stop({ signal, grace, isNudged }: Stopping = asItLikes): Promise<void> {
    const ended = this.hasEnded ? Promise.resolve() : once(this.#parent, 'exit').then(() => {});
    this.#parent.kill(signal);
    const giveUpAt = performance.now() + 10_000;
    for (let wait = grace; !this.hasEnded; wait = isNudged ? 5 : 20) {
      await Promise.race([ended, delay(wait)]);
      if (this.hasEnded) break;
      for (const pid of this.#members()) kill(pid);
      if (performance.now() > giveUpAt || (isNudged && canSeeProcesses && this.children.length === 0))
        this.#parent.kill('SIGKILL');
      else if (isNudged) this.#parent.kill(signal);
    }
    for (const pid of this.#members()) kill(pid);
    this.#guard.kill('SIGKILL');
    await Promise.all([ended, this.#guard.exitCode ?? this.#guard.signalCode ?? once(this.#guard, 'exit')]);
  }

  /** The living members of the process group but the parent. Empty where there is no /proc. */
  #members(): readonly number[] {
    return processes()
      .filter(({ pid, group, state }) => group === this.#parent.pid && pid !== group && state !== 'Z')
      .map(({ pid }) => pid);
  }
}

/** The processes that the main thread of a process has made. Source: proc(5), /proc/PID/task/TID/children. */
export function childrenOf(parent: number): readonly number[] {
  try {
    const listed = readProc(`/proc/${parent}/task/${parent}/children`).trim();
    return listed === '' ? [] : listed.split(' ').map(Number);
  } catch {
    // It has ended, or this kernel was built without that file.
    return canSeeProcesses ? processes().flatMap((one) => (one.parent === parent ? [one.pid] : [])) : [];
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
};

interface ListedProcess {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

const processes = (): readonly ListedProcess[] => {
  const pids = entriesOf('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const [state = '', parent, group] = statOf(Number(pid)) ?? [];
    return state === '' ? [] : [{ pid: Number(pid), state, parent: Number(parent), group: Number(group) }];
  });
};

const entriesOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
