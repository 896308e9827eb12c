/** Traps in worker classes, and in settings that a class does not know. */
import { type GunicornHazard, ifWritten } from './scene.ts';

export const keepAliveWithoutEffect: GunicornHazard = {
  code: 'HAZ101',
  title: 'keepalive has no effect on sync workers',
  explanation:
    'A sync worker answers one request and closes the connection, whatever keepalive says: it has nobody else to wait for the next one.',
  source: 'gunicorn 20.1, workers/sync.py, handle_request: resp.force_close(); manual, Settings, keepalive',
  find: (scene) =>
    scene.deployment.workerClass !== 'sync'
      ? []
      : ifWritten(
          scene,
          'keepalive',
          'warning',
          'keepalive has no effect: sync workers close the connection after each request',
          'leave it out, or use threads, whose workers keep connections',
        ),
};

export const threadsIgnored: GunicornHazard = {
  code: 'HAZ102',
  title: 'threads counts for gthread only',
  explanation: 'Only gthread workers have threads. A gevent worker runs greenlets, as many as worker_connections.',
  source: 'gunicorn 20.1, workers/ggevent.py, run; manual, Settings, threads',
  find: (scene) =>
    scene.deployment.workerClass !== 'gevent'
      ? []
      : ifWritten(
          scene,
          'threads',
          'warning',
          `threads has no effect: a gevent worker runs up to ${scene.deployment.workerConnections} requests at once, in greenlets`,
          'leave it out; worker_connections is the limit of a gevent worker',
        ),
};

export const syncBecomesThreads: GunicornHazard = {
  code: 'HAZ103',
  title: 'threads turns sync into gthread',
  explanation:
    'With threads above 1 gunicorn takes gthread in the place of sync, even where sync is written. wsgi.multithread is then True, requests share the globals of a process at the same moment, and timeout no longer bounds a request.',
  source: 'rule FLAG-GUNI-04; gunicorn 20.1, config.py, worker_class',
  find: (scene) => {
    const { deployment, written, place } = scene;
    const { value = null } = written('worker_class') ?? {};
    const isAsked = value !== null;
    if (deployment.workerClass !== 'gthread' || (value?.kind === 'str' && !/^#*sync$|SyncWorker$/.test(value.value)))
      return [];
    return [
      {
        at: place('threads'),
        severity: isAsked ? 'warning' : 'info',
        message: `threads makes the workers gthread${isAsked ? ', although sync was asked for' : ''}: wsgi.multithread is True, and timeout does not bound a request`,
        fix: "write worker_class = 'gthread', which says so, or leave threads out",
      },
    ];
  },
};

export const connectionsIgnored: GunicornHazard = {
  code: 'HAZ104',
  title: 'worker_connections has no effect on sync workers',
  explanation: 'A sync worker takes one connection at a time; the others wait in the queue of the listening socket.',
  source: 'gunicorn 20.1, workers/sync.py, run; manual, Settings, worker_connections',
  find: (scene) =>
    scene.deployment.workerClass !== 'sync'
      ? []
      : ifWritten(
          scene,
          'worker_connections',
          'warning',
          'worker_connections has no effect: a sync worker has one connection at a time',
          'leave it out; workers decides how many requests run at once',
        ),
};

export const noRoomForConnections: GunicornHazard = {
  code: 'HAZ105',
  title: 'Fewer connections than threads',
  explanation:
    'A gthread worker holds worker_connections connections, and keeps an idle one only if there are more of them than threads. With none at all it accepts nothing.',
  source: 'gunicorn 20.1, workers/gthread.py, check_config and run',
  find: ({ deployment, place }) => {
    const { workerClass, workerConnections, threads, keepAlive } = deployment;
    const at = place('worker_connections', 'threads');
    if (workerClass !== 'sync' && workerConnections === 0)
      return [
        {
          at,
          severity: 'warning',
          message: 'worker_connections is 0: no worker accepts a connection, and every client waits',
          fix: 'leave it out: the default is 1000',
        },
      ];
    if (workerClass !== 'gthread' || workerConnections > threads || keepAlive === 0) return [];
    return [
      {
        at,
        severity: 'warning',
        message: `a worker holds ${workerConnections} connections and runs ${threads} threads: no idle connection is kept, whatever keepalive says`,
        fix: 'make worker_connections larger than threads',
      },
    ];
  },
};

export const patchedTooLate: GunicornHazard = {
  code: 'HAZ106',
  title: 'Imported before gevent patches it',
  explanation:
    'A gevent worker replaces the blocking parts of the standard library when it starts. With preload_app the application was imported before: what it took from these modules still blocks the whole worker, and ssl may recurse for ever.',
  source: 'gunicorn 20.1, workers/ggevent.py, init_process; gevent documentation, gevent.monkey',
  find: ({ deployment, place, scriptText }) =>
    deployment.workerClass === 'gevent' && deployment.preloadApp && !/\bpatch_all\(/.test(scriptText ?? '')
      ? [
          {
            at: place('preload_app'),
            severity: 'warning',
            message:
              'preload_app imports the application before gevent replaces what blocks: calls to the network that it took from other modules stop all requests of a worker',
            fix: 'leave preload_app out, or let the settings file begin with gevent.monkey.patch_all()',
          },
        ]
      : [],
};

export const greenletsThatBlock: GunicornHazard = {
  code: 'HAZ107',
  title: 'One request stops all others of a gevent worker',
  explanation:
    'Greenlets give way only where they wait for something that gevent knows. A long computation, or a driver written in C that blocks, stops every request of the worker, and its heartbeat: after timeout the worker is killed with all of them.',
  source: 'rule LIFE-GUNI-03; gunicorn 20.1, workers/ggevent.py, run',
  find: ({ deployment, place }) =>
    deployment.workerClass !== 'gevent'
      ? []
      : [
          {
            at: place('worker_class'),
            severity: 'info',
            message: `a request that computes without a pause stops up to ${deployment.workerConnections - 1} others of its worker${deployment.timeout > 0 ? `, and after ${deployment.timeout / 1000} s the worker is killed with all of them` : ''}`,
            fix: 'use gthread for applications that compute, or drivers that gevent cannot patch',
          },
        ],
};
