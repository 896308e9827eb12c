/**
 * A process that begins before it is known what it will be: it answers what Python it is, and is taken for the first process
 * that is to be started just so. Python then begins while Node still reads.
 */
import type { ChildProcess } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { type HostStart, startHost } from './host-process.ts';
import { ofServer } from './process-surroundings.ts';

/** What it says of its Python. */
export interface EarlyAnswer {
  readonly version: string;
  readonly abiFlags: string;
  readonly executable: string;
}

interface Early {
  readonly child: ChildProcess;
  readonly start: HostStart;
  /** Null where it ended without one. */
  readonly answer: Promise<EarlyAnswer | null>;
  /** What its Python is started as from now on; null before that is known. */
  command: string | null;
}
let early: Early | null = null;

/** A Python that has not answered by then is none, in ms. */
const patience = 30_000;

/** Starts a Python for whatever comes. {@link discardEarly} is called when all that was wanted has been started. */
export function beginEarly(python: string): void {
  const start = { python, pythonOptions: [], environment: ofServer(process.env), isFreeThreaded: false };
  const child = startHost(start, ['--early']);
  const tooLate = setTimeout(() => child.kill('SIGKILL'), patience);
  const answer = new Promise<EarlyAnswer | null>((resolve) => {
    child.once('message', (said) => {
      const { event, ...answered } = said as EarlyAnswer & { readonly event: string };
      resolve(event === 'python' ? answered : null);
    });
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
  }).finally(() => clearTimeout(tooLate));
  early = { child, start, answer, command: null };
}

/** What it says of the Python that `python` starts; null where nothing began, or it could not answer. */
export async function earlyAnswer(python: string): Promise<EarlyAnswer | null> {
  return early?.start.python === python ? early.answer : null;
}

/** From now on it may be taken where `command` is to be started. */
export function nameEarly(python: string, command: string): void {
  if (early?.start.python === python) early.command = command;
}

/** The process that has begun, for `start`; null where there is none like that. Its `spawn` is told once more. */
export function takeEarly(start: HostStart): ChildProcess | null {
  if (early === null || early.command === null) return null;
  if (!isDeepStrictEqual({ ...early.start, python: early.command }, start)) return null;
  const { child } = early;
  early = null;
  if (child.exitCode !== null || child.signalCode !== null || !child.connected) return null;
  child.removeAllListeners();
  process.nextTick(() => child.emit('spawn'));
  return child;
}

/** Ends the process if nobody has taken it. */
export function discardEarly(): void {
  early?.child.kill('SIGKILL');
  if (early?.child.connected) early.child.disconnect();
  early = null;
}
