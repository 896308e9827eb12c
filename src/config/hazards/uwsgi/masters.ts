/** Traps around the master process. */
import { toSeconds } from '../../../../spec/vocabulary.ts';
import type { Trap } from '../hazard.ts';
import { counted } from '../wording.ts';
import type { UwsgiHazard } from './scene.ts';

export const noMaster: UwsgiHazard = {
  code: 'HAZ201',
  title: 'No master',
  explanation:
    'Without master = true there is no process that watches the workers: one that crashes or is killed is not replaced, and when the last one is gone nobody answers. Most options about lifetimes, reloading and the number of workers are looked at by the master alone.',
  source: 'rule LIFE-UWSGI-08; uWSGI 2.0, core/uwsgi.c, "running uWSGI without its master process manager"',
  find: ({ deployment, place }) =>
    deployment.master
      ? []
      : [
          {
            at: place('master', 'processes', 'http-socket', 'socket', 'http'),
            severity: 'warning',
            message: `there is no master: of ${counted(deployment.processes, 'worker')} none is replaced when it ends`,
            fix: 'write master = true',
          },
        ],
};

export const limitWithoutMaster: UwsgiHazard = {
  code: 'HAZ202',
  title: 'Limit that needs a master',
  explanation:
    'max-requests, reload-on-rss and reload-on-as end a worker so that the master starts another; without a master the worker is simply gone, and after the last one the server. max-worker-lifetime is looked at by the master: without one it does nothing.',
  source: 'rules LIFE-UWSGI-01, LIFE-UWSGI-03 and LIFE-UWSGI-08; uWSGI 2.0, core/master_checks.c',
  find: ({ deployment, place }) => {
    if (deployment.master) return [];
    const { maxRequests, reloadOnRss, reloadOnAs, maxWorkerLifetime, harakiri } = deployment;
    const ends = (name: string, limit: number): readonly Trap[] =>
      limit === 0
        ? []
        : [
            {
              at: place(name),
              severity: 'warning',
              message: `${name} ends a worker and nobody starts another: there is no master`,
              fix: 'write master = true',
            },
          ];
    return [
      ...ends('max-requests', maxRequests),
      ...ends('reload-on-rss', reloadOnRss),
      ...ends('reload-on-as', reloadOnAs),
      ...ends('harakiri', harakiri),
      ...(maxWorkerLifetime === 0
        ? []
        : [
            {
              at: place('max-worker-lifetime'),
              severity: 'warning' as const,
              message: `max-worker-lifetime = ${toSeconds(maxWorkerLifetime)} does nothing: the master would look at it, and there is none`,
              fix: 'write master = true',
            },
          ]),
    ];
  },
};

export const signalTermReloads: UwsgiHazard = {
  code: 'HAZ203',
  title: 'SIGTERM does not stop uWSGI',
  explanation:
    'In uWSGI 2.0 SIGTERM to the master means: end all workers at once and start again. systemd, Docker, Kubernetes and supervisord stop a service with SIGTERM, wait in vain, and kill it. With die-on-term SIGTERM stops it, and SIGQUIT reloads.',
  source: 'rule SHUT-UWSGI-01; uWSGI manual, Things to know',
  find: ({ deployment, place }) =>
    !deployment.master || deployment.dieOnTerm
      ? []
      : [
          {
            at: place('die-on-term', 'master'),
            severity: 'warning',
            message: 'SIGTERM reloads this server and does not stop it; requests in progress are lost',
            fix: 'write die-on-term = true, or have it stopped by SIGINT or SIGQUIT',
          },
        ],
};

export const inTheBackground: UwsgiHazard = {
  code: 'HAZ204',
  title: 'In the background of whoever started it',
  explanation:
    'With daemonize the process that was started ends at once and the server goes on in another. What watches over services, such as systemd with Type=notify, supervisord or a container, takes that for the end of the server.',
  source: 'uWSGI manual, Things to know and Systemd; core/utils.c, daemonize',
  find: ({ all }) =>
    ['daemonize', 'daemonize2'].flatMap((name) =>
      all(name)
        .slice(-1)
        .map(({ at }) => ({
          at,
          severity: 'info' as const,
          message: `the server leaves the process that was started: under systemd, supervisord or in a container ${name} looks like its end`,
          fix: `remove ${name} there; logto writes a log without it`,
        })),
    ),
};
