/** Starts the Python side of a server process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const hostFile = fileURLToPath(new URL('../python/host.py', import.meta.url));

/** All that matters for how it starts; the rest it is told. */
export interface HostStart {
  readonly python: string;
  readonly pythonOptions: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly isFreeThreaded: boolean;
}

/** @param more - Arguments of its own. */
export const startHost = (
  { python, pythonOptions, environment, isFreeThreaded }: HostStart,
  more: readonly string[] = [],
): ChildProcess =>
  spawn(python, [...pythonOptions, '-u', hostFile, ...(isFreeThreaded ? ['--free-threading'] : []), ...more], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
