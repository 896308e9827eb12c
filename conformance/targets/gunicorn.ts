/** gunicorn with each class of workers. */
import {
  type GunicornRelease,
  type GunicornWorkerClass,
  gunicornWorkerClasses,
} from '../../spec/deployments/gunicorn.ts';
import { gunicornCommandLine, gunicornWorld } from '../adapters/gunicorn.ts';
import { anyGunicorn } from '../arbitraries/worker-deployments.ts';
import type { KitTarget } from '../kit/target.ts';
import { pythonWith } from './find-python.ts';

function gunicornTarget(workerClass: GunicornWorkerClass): KitTarget {
  let release: GunicornRelease = '20.1';
  return {
    id: `gunicorn-${workerClass}`,
    title: `gunicorn with ${workerClass} workers`,
    find: async () => {
      const found = await pythonWith('gunicorn', ...(workerClass === 'gevent' ? ['gevent'] : []));
      if (found === null)
        return workerClass === 'gevent'
          ? { kind: 'missing', what: 'gunicorn and gevent', fix: 'apt-get install gunicorn python3-gevent' }
          : { kind: 'missing', what: 'gunicorn', fix: 'apt-get install gunicorn' };
      const { python, title, versions } = found;
      const [version = '', gevent] = versions;
      release = releaseOf(version);
      return {
        kind: 'found',
        version: `gunicorn ${version}${gevent === undefined ? '' : ` with gevent ${gevent}`} on ${title}`,
        world: (options) => gunicornWorld({ python, version }, options),
        configuration: (deployment) => gunicornCommandLine({ python, version }, deployment),
      };
    },
    // Of the release that was found.
    get deployments() {
      return anyGunicorn({ workerClass, release });
    },
  };
}

/** The line of releases that behaves as this one does. */
const releaseOf = (version: string): GunicornRelease => (Number.parseInt(version, 10) >= 26 ? '26.1' : '20.1');

export const gunicornTargets: readonly KitTarget[] = gunicornWorkerClasses.map(gunicornTarget);
