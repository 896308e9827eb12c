/** Executes a user's script once, in a process of its own, to see whether its application is there. */
import { execFile } from 'node:child_process';
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import { poolSize } from '../../../spec/flags.ts';
import type { RoutedMount } from '../../../spec/routing/route.ts';
import { hostFile } from './host-process.ts';
import { modWsgiVersions } from './mod-wsgi-version.ts';
import { type ProcessSurroundings, processSurroundings } from './process-surroundings.ts';

export type ScriptVerdict =
  | { readonly kind: 'loaded' }
  /** The file has no such name at its top level. */
  | { readonly kind: 'no-callable' }
  | { readonly kind: 'missing'; readonly error: string }
  /** `error` is one line: `file:line: Exception: text`. */
  | { readonly kind: 'raised'; readonly error: string }
  | { readonly kind: 'unanswered'; readonly error: string };

/** How long a check may take, and what ends it. */
export interface CheckLimits {
  readonly signal?: AbortSignal;
  /** How long the top level may take. */
  readonly seconds?: number;
}

/** Checks the script of one mount: it runs the script's top level, as every process of its group will, and no request. */
export function checkScript(
  deployment: ApacheDeployment,
  mount: Pick<RoutedMount, 'script' | 'callable' | 'processGroup' | 'applicationGroup'>,
  python: string,
  limits: CheckLimits = {},
): Promise<ScriptVerdict> {
  const surroundings = processSurroundings(deployment, mount.processGroup, python);
  const size = poolSize(deployment, mount.processGroup) ?? { processes: 1, threads: 1 };
  const settings = {
    ...mount,
    version: modWsgiVersions[deployment.server.modWsgi],
    maximumProcesses: size.processes,
    threads: size.threads,
    worker: null,
  };
  return check(surroundings, settings, limits);
}

/** The same for a process of another kind. @param settings - As `check` in `python/host.py` takes them. */
export function check(
  surroundings: ProcessSurroundings,
  settings: object,
  { signal, seconds = 30 }: CheckLimits,
): Promise<ScriptVerdict> {
  return new Promise((resolve) => {
    const child = execFile(
      surroundings.python,
      [...surroundings.pythonOptions, hostFile, '--check'],
      {
        timeout: seconds * 1000,
        killSignal: 'SIGKILL',
        env: { ...surroundings.environment },
        ...(signal && { signal }),
      },
      (error, stdout, stderr) => {
        if (stdout !== '') resolve(JSON.parse(stdout) as ScriptVerdict);
        else if (error?.killed) resolve({ kind: 'unanswered', error: `its top level did not end within ${seconds} s` });
        else resolve({ kind: 'unanswered', error: stderr.trim().split('\n').at(-1) || String(error?.message) });
      },
    );
    child.stdin?.on('error', () => {}); // A Python that cannot start says so by its exit.
    child.stdin?.end(JSON.stringify({ ...settings, supervisor: process.pid, given: surroundings.given }));
  });
}
