/** Traps in the flags that applications read. */
import type { Hazard } from './hazard.ts';

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
