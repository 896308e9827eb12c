/** Finds a real uWSGI with Python on this machine. */
import { spawnSync } from 'node:child_process';
import { type UwsgiRelease, uwsgiReleases } from '../../spec/deployments/uwsgi.ts';

export interface InstalledUwsgi {
  readonly program: string;
  /** What loads Python into it; nothing where it is built in. */
  readonly plugins: readonly string[];
  readonly release: UwsgiRelease;
}

export function installedUwsgi(): InstalledUwsgi | null {
  const { error, stdout } = spawnSync('uwsgi', ['--version'], { encoding: 'utf8' });
  const [, patch] = /^2\.0\.(\d+)/.exec(stdout ?? '') ?? [];
  if (error || patch === undefined) return null;
  const [older, newer] = uwsgiReleases;
  const release = Number(patch) < 27 ? older : newer;
  for (const plugins of [[], ['--plugin', 'python3']]) {
    const asked = spawnSync('uwsgi', [...plugins, '--python-version'], { encoding: 'utf8' });
    if (asked.status === 0) return { program: 'uwsgi', plugins, release };
  }
  return null;
}
