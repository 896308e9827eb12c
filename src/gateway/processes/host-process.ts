/**
 * Starts the Python side of a server process. One may begin before it is known what it will be: it answers what Python it
 * is, and is taken for the first process that wants to be started just so. Python then begins while Node still reads.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { ofServer } from './process-surroundings.ts';

export const hostFile = fileURLToPath(new URL('../python/host.py', import.meta.url));

/** All that matters for how it starts; the rest it is told. */
export interface HostStart {
  readonly python: string;
  readonly pythonOptions: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly isFreeThreaded: boolean;
}

/** What an early process says of its Python. */
export interface EarlyAnswer {
  readonly version: string;
  readonly abiFlags: string;
  readonly executable: string;
}

interface Early {
  readonly child: ChildProcess;
  /** As it was asked for. */
  readonly python: string;
  /** Null where it ended without one. */
  readonly answer: Promise<EarlyAnswer | null>;
  /** What it can be taken for, once it has answered. */
  start: HostStart | null;
}
let early: Early | null = null;

/** A process for `start`, from the beginning or one that has begun already; its `spawn` is still to be told. */
export function startHost(start: HostStart): ChildProcess {
  const begun = takeEarly(start);
  if (begun === null) return begin(start, []);
  process.nextTick(() => begun.emit('spawn'));
  return begun;
}

/** Starts a Python for whatever comes. {@link discardEarly} is called when all that was wanted has been started. */
export function beginEarly(python: string): void {
  const start = { python, pythonOptions: [], environment: ofServer(process.env), isFreeThreaded: false };
  const child = begin(start, ['--early']);
  const answer = new Promise<EarlyAnswer | null>((resolve) => {
    child.once('message', (said) => {
      const { event, ...answered } = said as EarlyAnswer & { readonly event: string };
      resolve(event === 'python' ? answered : null);
    });
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
  });
  early = { child, python, answer, start: null };
}

/** What an early process says of the Python that `python` starts; null where there is none, or it could not answer. */
export async function earlyAnswer(python: string): Promise<EarlyAnswer | null> {
  const asked = early;
  return asked?.python === python ? asked.answer : null;
}

/** From now on the early process may be taken where `command` is to be started. */
export function nameEarly(python: string, command: string): void {
  if (early?.python !== python) return;
  early.start = { python: command, pythonOptions: [], environment: ofServer(process.env), isFreeThreaded: false };
}

/** Ends the early process if nobody has taken it. */
export function discardEarly(): void {
  early?.child.kill('SIGKILL');
  if (early?.child.connected) early.child.disconnect();
  early = null;
}

function takeEarly(start: HostStart): ChildProcess | null {
  if (early === null || !isDeepStrictEqual(early.start, start)) return null;
  const { child } = early;
  early = null;
  if (child.exitCode !== null || child.signalCode !== null || !child.connected) return null;
  child.removeAllListeners();
  return child;
}

const begin = (
  { python, pythonOptions, environment, isFreeThreaded }: HostStart,
  more: readonly string[],
): ChildProcess =>
  spawn(python, [...pythonOptions, '-u', hostFile, ...(isFreeThreaded ? ['--free-threading'] : []), ...more], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
