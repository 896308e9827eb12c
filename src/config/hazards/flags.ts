/** Traps in the flags that applications read. */
import { maxChildren } from '../../../spec/deployments/apache.ts';
import type { Hazard } from './hazard.ts';
import { answered } from './scene.ts';

export const oneProcessWritten: Hazard = {
  code: 'HAZ001',
  title: 'processes=1 makes wsgi.multiprocess True',
  explanation:
    'mod_wsgi does not count the processes of a group: wsgi.multiprocess is True as soon as the option processes is written, whatever its value, and False when it is left out. Some applications and middleware refuse to run, or choose another store, when the flag is True.',
  source: 'rule FLAG-DAEMON-01; mod_wsgi 4.9.4, wsgi_add_daemon_process',
  find: ({ deployment, place }) =>
    deployment.daemons
      .filter((group) => group.processes === 1)
      .map(({ name }) => ({
        at: place({ kind: 'daemon-option', name, option: 'processes' }, { kind: 'daemon', name }),
        severity: 'warning',
        message: `processes=1 makes wsgi.multiprocess True in process group '${name}' although it has one process: what counts is that the option is written`,
        fix: 'leave processes=1 out: one process is the default, and wsgi.multiprocess is then False',
      })),
};

export const onlyChildIsJoined: Hazard = {
  code: 'HAZ004',
  title: 'The only Apache child has company at a graceful restart',
  explanation:
    'Where the limits allow one child, wsgi.multiprocess is False in embedded mode. At a graceful restart the old child finishes its requests, and worker, and event where ServerLimit leaves a place, start the next one beside it: for that time two processes run the application, and both say that they are alone. Prefork waits for the end of the old one.',
  source:
    'rule FLAG-PEP-02; httpd, worker.c and event.c, perform_idle_server_maintenance; probed with httpd 2.4.71: SIGUSR1 while a request is held',
  find: (scene) => {
    const { children, server } = scene.deployment;
    const hasPlace = server.mpm === 'worker' ? children.threadsPerChild > 1 : children.serverLimit > 1;
    if (server.mpm === 'prefork' || maxChildren(children) !== 1 || !hasPlace) return [];
    if (!answered(scene).some((mount) => mount.mode === 'embedded')) return [];
    return [
      {
        at: scene.place({ kind: 'directive', host: 0, directive: 'MaxRequestWorkers' }),
        severity: 'info',
        message:
          'wsgi.multiprocess is False because there may be one Apache child, but after a graceful restart the next child runs beside the one that finishes its requests',
        fix: 'use a daemon process group without processes=: its process has ended before the next one starts',
      },
    ];
  },
};
