/** Traps in how many workers there are. */
import type { GunicornHazard } from './scene.ts';

export const oneAtATime: GunicornHazard = {
  code: 'HAZ111',
  title: 'One request at a time',
  explanation:
    'Without workers and threads gunicorn runs one sync worker: one request at a time for the whole site. An application that asks itself by HTTP waits for itself until timeout.',
  source: 'gunicorn manual, Settings, workers; rule FLAG-GUNI-01',
  find: ({ deployment, place }) =>
    deployment.workers === 1 && deployment.workerClass === 'sync'
      ? [
          {
            at: place('workers'),
            severity: 'info',
            message: 'one sync worker runs one request at a time: all others wait for it',
            fix: 'write workers = 4, or threads = 4',
          },
        ]
      : [],
};

export const aloneForNow: GunicornHazard = {
  code: 'HAZ112',
  title: 'The only worker has company at a reload',
  explanation:
    'wsgi.multiprocess follows the setting workers, not what runs. At SIGHUP the new worker starts before the old one has gone, and SIGTTIN adds another: two processes then run the application, and both say that they are alone.',
  source: 'rules FLAG-GUNI-01, FLAG-GUNI-02, RELOAD-GUNI-01',
  find: ({ deployment, place }) =>
    deployment.workers === 1
      ? [
          {
            at: place('workers'),
            severity: 'info',
            message:
              'wsgi.multiprocess is False because workers is 1, but after SIGHUP or SIGTTIN two workers run side by side',
            fix: 'do not rely on being alone: keep what must be unique outside of Python',
          },
        ]
      : [],
};

export const nobody: GunicornHazard = {
  code: 'HAZ113',
  title: 'No workers',
  explanation: 'gunicorn accepts workers = 0 and runs none: it listens, and nobody takes a connection.',
  source: 'gunicorn 20.1, arbiter.py, manage_workers; probed with gunicorn 20.1.0',
  find: ({ deployment, place }) =>
    deployment.workers === 0
      ? [
          {
            at: place('workers'),
            severity: 'warning',
            message: 'workers is 0: gunicorn listens, and nobody answers',
            fix: 'write workers = 1, or more',
          },
        ]
      : [],
};
