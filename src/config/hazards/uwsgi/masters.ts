/** Traps around the master process. */
import { counted } from '../wording.ts';
import type { UwsgiHazard } from './scene.ts';

export const noMaster: UwsgiHazard = {
  code: 'HAZ201',
  title: 'No master',
  explanation:
    'Without master = true there is no process that watches the workers: one that crashes, is killed or has had its requests is not replaced, and when the last one is gone nobody answers. Most options about lifetimes, reloading and the number of workers are looked at by the master alone.',
  source: 'rule LIFE-UWSGI-08; uWSGI manual, Things to know',
  find: ({ deployment, place }) =>
    deployment.master
      ? []
      : [
          {
            at: place('master', 'processes', 'socket', 'http-socket', 'http'),
            severity: 'warning',
            message: `there is no master: ${counted(deployment.processes, 'worker')} ${deployment.processes === 1 ? 'is' : 'are'} started, and one that ends is not replaced`,
            fix: 'write master = true',
          },
        ],
};
