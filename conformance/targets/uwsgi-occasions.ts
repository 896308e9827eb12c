/** Deployments of uWSGI for what hardly any drawn one shows: little memory, short mercy, threads of the application. */
import type { UwsgiDeployment, UwsgiRelease } from '../../spec/deployments/uwsgi.ts';
import { mostSomaxconn } from '../../spec/serving/somaxconn.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { quietUwsgi, shop, type UwsgiParameters } from '../arbitraries/worker-deployments.ts';

/** Each is for rules that are about nothing of the others; they are spread over the targets, which take their time. */
export function uwsgiOccasions(about: UwsgiParameters['about'], release: UwsgiRelease): readonly UwsgiDeployment[] {
  const one = (options: Partial<UwsgiDeployment>): UwsgiDeployment => ({
    ...quietUwsgi,
    applications: [shop],
    ...options,
    release,
  });
  switch (about) {
    case 'processes':
      return [
        // Rule SHUT-UWSGI-03, and LIFE-UWSGI-10 where threads are not enabled.
        one({ reloadMercy: fromSeconds(1), workerReloadMercy: fromSeconds(8), touchReload: [shop.script] }),
        // Rule LIFE-UWSGI-09.
        one({ listen: mostSomaxconn, processes: 2 }),
      ];
    case 'threads':
      // Rule LIFE-UWSGI-10.
      return [one({ threads: 2, enableThreads: true })];
    case 'lazy-apps':
      // Rule LIFE-UWSGI-02: when a request is over, and at any time.
      return [
        one({ lazyApps: true, reloadOnRss: 1, minWorkerLifetime: fromSeconds(3) }),
        one({ lazyApps: true, evilReloadOnRss: 1 }),
      ];
    case 'interpreters':
      // Rule LIFE-UWSGI-10.
      return [one({ enableThreads: true, manageScriptName: true, applications: [shop, { ...shop, url: '/b' }] })];
  }
}
