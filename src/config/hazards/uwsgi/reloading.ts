/** Traps in reloading. */
import { listed } from '../wording.ts';
import type { UwsgiHazard } from './scene.ts';

export const olderTimeIsIgnored: UwsgiHazard = {
  code: 'HAZ251',
  title: 'An older file reloads nothing',
  explanation:
    'Of a touch file only a newer time counts, in whole seconds. Bringing back an older file with its time, as rsync -t, tar and some tools for deployment do, reloads nothing, nor do two changes in one second a second time.',
  source: 'rule RELOAD-UWSGI-02; uWSGI 2.0, core/utils.c, uwsgi_check_touches',
  find: ({ deployment, place }) => {
    const { touchReload, touchWorkersReload, touchChainReload } = deployment;
    const files = [...touchReload, ...touchWorkersReload, ...touchChainReload];
    return files.length === 0
      ? []
      : [
          {
            at: place('touch-reload', 'touch-workers-reload', 'touch-chain-reload'),
            severity: 'info',
            message: `only a newer time of ${listed(files)} reloads: an older one, as of a version that is brought back, does not`,
            fix: 'touch the file as the last step of a deployment',
          },
        ];
  },
};

export const workersKeepOldCode: UwsgiHazard = {
  code: 'HAZ252',
  title: 'New workers with the old code',
  explanation:
    'touch-workers-reload and touch-chain-reload replace the workers and not the master. Without lazy-apps a new worker is a copy of what the master imported when it started: the code is as old as before.',
  source: 'rule RELOAD-UWSGI-03; uWSGI manual, The Art of Graceful Reloading',
  find: ({ deployment, place }) => {
    const { lazyApps, lazy, touchWorkersReload, touchChainReload } = deployment;
    if (lazyApps || lazy) return [];
    return [
      ...(touchWorkersReload.length > 0 ? ['touch-workers-reload'] : []),
      ...(touchChainReload.length > 0 ? ['touch-chain-reload'] : []),
    ].map((name) => ({
      at: place(name),
      severity: 'warning' as const,
      message: `${name} starts workers with the code that the master imported at its start, and not with the new one`,
      fix: 'write lazy-apps = true, or use touch-reload',
    }));
  },
};

export const watchingEveryModule: UwsgiHazard = {
  code: 'HAZ253',
  title: 'Watching every module',
  explanation:
    'py-autoreload looks at the times of all imported modules every few seconds, in a thread of each worker, and reloads the whole server: while it does, requests wait. It is meant for developing.',
  source: 'uWSGI manual, Things to know; plugins/python/pyutils.c, uwsgi_python_autoreloader_thread',
  find: ({ deployment, place }) =>
    deployment.pyAutoReload === 0
      ? []
      : [
          {
            at: place('py-auto-reload'),
            severity: 'warning',
            message: 'every change of an imported module reloads the whole server, half-copied files included',
            fix: 'use it for developing only, and touch-reload elsewhere',
          },
        ],
};

export const mercyForOthers: UwsgiHazard = {
  code: 'HAZ254',
  title: 'reload-mercy does not hold for workers',
  explanation:
    'Although its help says so, reload-mercy limits only the wait for attached daemons and the Emperor. How long a worker may take to finish is worker-reload-mercy, 60 seconds unless said otherwise.',
  source: 'rules SHUT-UWSGI-02 and SHUT-UWSGI-03; uWSGI 2.0, core/master_utils.c',
  find: ({ all, place, deployment }) =>
    all('reload-mercy').length === 0 || all('worker-reload-mercy').length > 0
      ? []
      : [
          {
            at: place('reload-mercy'),
            severity: 'warning',
            message: `reload-mercy does not hold for workers: they get ${deployment.workerReloadMercy / 1000} s to finish`,
            fix: 'write worker-reload-mercy',
          },
        ],
};
