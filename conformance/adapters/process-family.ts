/** A program that runs in a process group of its own, together with all processes it makes, until none is left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export class ProcessFamily {
  readonly #parent: ChildProcess;
  readonly #guard: ChildProcess;
  #stderr = '';

  private constructor(parent: ChildProcess, guard: ChildProcess) {
    this.#parent = parent;
    this.#guard = guard;
    parent.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /**
   * Starts the program. Its process group is its own, because servers signal their whole group when they stop.
   * @param folder - Is removed if this very process dies without stopping the family, which is then killed.
   * @throws Error if the program cannot be started.
   */
  static async start(
    program: string,
    parameters: readonly string[],
    environment: Readonly<Record<string, string>>,
    folder: string,
  ): Promise<ProcessFamily> {
    const parent = spawn(program, parameters, {
      env: environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(parent, 'spawn');
    // The shell's input ends when this process is gone, however it ended.
    const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "-$0"; rm -rf -- "$1"', `${parent.pid}`, folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return new ProcessFamily(parent, guard);
  }

  get hasEnded(): boolean {
    return this.#parent.exitCode !== null || this.#parent.signalCode !== null;
  }

  /** Sends a signal to the program itself, unless it has ended. */
  signal(name: NodeJS.Signals): void {
    if (!this.hasEnded) this.#parent.kill(name);
  }

  /** What the program wrote to its standard error. */
  get complaint(): string {
    return this.#stderr;
  }

  /**
   * Asks the parent to stop and removes its children, which it then reaps: with nobody to reap them they would stay as
   * zombies wherever process 1 does not care. Their own way to stop is not waited for.
   */
  async stop(): Promise<void> {
    const ended = this.hasEnded ? Promise.resolve() : once(this.#parent, 'exit').then(() => {});
    this.#parent.kill('SIGTERM');
    const giveUpAt = performance.now() + 10_000;
    for (let waited = false; !this.hasEnded; waited = true) {
      await Promise.race([ended, delay(waited ? 20 : 60)]);
      if (!this.hasEnded) for (const pid of this.#children()) kill(pid);
      if (performance.now() > giveUpAt) this.#parent.kill('SIGKILL');
    }
    for (const pid of this.#children()) kill(pid);
    this.#guard.kill('SIGKILL');
    await Promise.all([ended, this.#guard.exitCode ?? this.#guard.signalCode ?? once(this.#guard, 'exit')]);
  }

  /** The living members of the process group but the parent. Empty where there is no /proc. */
  #children(): readonly number[] {
    return processes()
      .filter(({ pid, group, state }) => group === this.#parent.pid && pid !== group && state !== 'Z')
      .map(({ pid }) => pid);
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
  readonly group: number;
}

const processes = (): readonly ListedProcess[] => {
  const pids = entriesOf('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const fields = statOf(Number(pid));
    return fields === null ? [] : [{ pid: Number(pid), state: fields[0] ?? '', group: Number(fields[2]) }];
  });
};

const entriesOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** The fields of /proc/PID/stat behind the command name: state, parent, group, …; null where there is no such process. */
const statOf = (pid: number): readonly string[] | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
};

/** When a process began, in clock ticks since boot, as the probe reports it; null where it is gone and reaped. */
export const startTimeOf = (pid: number): string | null => statOf(pid)?.[19] ?? null;
