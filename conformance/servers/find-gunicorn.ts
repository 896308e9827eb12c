/** The gunicorn of this machine. */
import { execFileSync } from 'node:child_process';

export interface FoundGunicorn {
  readonly python: string;
  /** For instance `20.1.0`. */
  readonly version: string;
}

/** Looks in the Python of the path, then in that of the system; null where neither has it. */
export function findGunicorn(): FoundGunicorn | null {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      const version = execFileSync(python, ['-c', 'import gunicorn; print(gunicorn.__version__)'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 30_000,
      });
      return { python, version: version.trim() };
    } catch {
      // No Python there, or one without gunicorn.
    }
  }
  return null;
}
