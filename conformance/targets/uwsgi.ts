/** uWSGI with several processes, with threads, loading after the fork, and with several interpreters. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { UwsgiRelease } from '../../spec/deployments/uwsgi.ts';
import { type FoundUwsgi, uwsgiCommandLine, uwsgiWorld } from '../adapters/uwsgi.ts';
import { anyUwsgi, type UwsgiParameters } from '../arbitraries/worker-deployments.ts';
import type { KitTarget } from '../kit/target.ts';
import { uwsgiOccasions } from './uwsgi-occasions.ts';

const titles: Readonly<Record<UwsgiParameters['about'], string>> = {
  processes: 'uWSGI with workers of one thread',
  threads: 'uWSGI with threads',
  'lazy-apps': 'uWSGI that loads after the fork',
  interpreters: 'uWSGI with several applications',
};

function uwsgiTarget(about: UwsgiParameters['about']): KitTarget {
  let release: UwsgiRelease = '2.0.21';
  return {
    id: `uwsgi-${about}`,
    title: titles[about],
    find: async () => {
      const found = await findUwsgi();
      if (found === null) {
        const fix = 'apt-get install uwsgi-core uwsgi-plugin-python3';
        return { kind: 'missing', what: 'uWSGI with its plugin for Python 3', fix };
      }
      release = releaseOf(found.version);
      return {
        kind: 'found',
        version: `uWSGI ${found.version} on ${found.python}`,
        world: (options) => uwsgiWorld(found, options),
        configuration: (deployment) => uwsgiCommandLine(found, deployment),
      };
    },
    // Of the release that was found.
    get deployments() {
      return anyUwsgi({ about, release });
    },
    get occasions() {
      return uwsgiOccasions(about, release);
    },
  };
}

/** From 2.0.22 to 2.0.30 one thing after the other changed; 2.0.29 and later are alike. */
export const releaseOf = (version: string): UwsgiRelease =>
  Number(/^2\.0\.(\d+)/.exec(version)?.[1] ?? 0) >= 29 ? '2.0.30' : '2.0.21';

/** Debian's has Python in a plugin of its own; what pip installs has it built in. */
export async function findUwsgi(): Promise<(FoundUwsgi & { readonly python: string }) | null> {
  for (const program of ['uwsgi', '/usr/bin/uwsgi', 'uwsgi-core', '/usr/bin/uwsgi-core']) {
    const version = await answer(program, ['--version']);
    if (version === null) continue;
    for (const plugin of ['python3', null]) {
      const python = await answer(program, [...(plugin === null ? [] : ['--plugins', plugin]), '--python-version']);
      if (python !== null) return { program, plugin, version, python: `CPython ${python}` };
    }
  }
  return null;
}

/** The last line that it prints; null where it cannot be run or fails. */
async function answer(program: string, parameters: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, parameters, { timeout: 20_000 });
    return stdout.trim().split('\n').at(-1) || null;
  } catch {
    return null;
  }
}

export const uwsgiTargets: readonly KitTarget[] = (['processes', 'threads', 'lazy-apps', 'interpreters'] as const).map(
  uwsgiTarget,
);
