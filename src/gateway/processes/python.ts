/** Finds the Python that runs the applications and says plainly when there is none that can. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart } from '../cannot-start.ts';
import { type EarlyAnswer, earlyAnswer, nameEarly } from './early-host.ts';

export interface Python {
  /** What starts it: as it was named, or where the name led to. */
  readonly command: string;
  /** For instance `3.11.2`. */
  readonly version: string;
  /** A build that can run without a global interpreter lock. */
  readonly isFreeThreaded: boolean;
}

/** By what was asked for: a Python is asked once. */
const found = new Map<string, Promise<Python>>();

/**
 * The Python that a command starts.
 * @param command - `python3` or a path.
 * @throws CannotStart if it cannot be run, is older than 3.8, or has no sub-interpreters.
 */
export function findPython(command = 'python3'): Promise<Python> {
  const { PATH: path = '' } = process.env;
  const key = `${command}\0${path}`;
  const known = found.get(key);
  if (known) return known;
  const asked = askPython(command);
  found.set(key, asked);
  // What is missing may be installed meanwhile.
  asked.catch(() => found.delete(key));
  return asked;
}

/** Asks a Python for its version and for sub-interpreters. @throws as {@link findPython} does. */
async function askPython(command: string): Promise<Python> {
  const early = await earlyAnswer(command);
  if (early === null) return python(command, await questioned(command));
  const found = python(command, early);
  nameEarly(command, found.command);
  return found;
}

/** @throws CannotStart if the Python is too old. */
function python(command: string, { version, abiFlags, executable }: EarlyAnswer): Python {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 8)) throw new CannotStart(tooOld(command, version));
  // A name may lead to a shim of a version manager, which takes longer than the start of a Python; a path is taken as it is.
  const isName = !command.includes('/');
  return {
    command: isName && executable !== '' ? executable : command,
    version,
    isFreeThreaded: abiFlags.includes('t'),
  };
}

/** @throws CannotStart if it cannot be run or has no sub-interpreters. */
async function questioned(command: string): Promise<EarlyAnswer> {
  const question =
    'import sys\nprint("%d.%d.%d" % sys.version_info[:3])\ntry:\n import _interpreters\nexcept ImportError:\n import _xxsubinterpreters\nprint(sys.abiflags)\nprint(sys.executable)';
  try {
    const { stdout } = await promisify(execFile)(command, ['-c', question], { timeout: 30_000 });
    const [version = '', abiFlags = '', executable = ''] = stdout.split('\n');
    return { version, abiFlags, executable };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    const version = stdout.trim();
    if (version !== '') throw new CannotStart(tooOld(command, version));
    if (code === 'ENOENT')
      throw new CannotStart(
        `no Python: ${command} was not found\n  fix: install Python 3.8 or newer (Debian: apt-get install python3), or name one with --python PATH`,
      );
    const reason = stderr.trim().split('\n').at(-1) || String(code);
    throw new CannotStart(
      `${command} cannot be run: ${reason}\n  fix: name a working Python 3.8 or newer with --python PATH`,
    );
  }
}

/** The Python of a virtual environment or installation named by `python-home`. */
export const pythonOfHome = (home: string): string => join(home, 'bin', 'python3');

const tooOld = (command: string, version: string): string =>
  `${command} is Python ${version}: it has no sub-interpreters that the gateway can use\n  fix: name Python 3.8 or newer with --python PATH`;
