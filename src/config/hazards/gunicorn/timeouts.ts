/** Traps in timeouts. */
import { toSeconds } from '../../../../spec/vocabulary.ts';
import { type GunicornHazard, ifWritten } from './scene.ts';

export const timeoutOfTheLoop: GunicornHazard = {
  code: 'HAZ121',
  title: 'timeout does not bound a request',
  explanation:
    'A worker gives a sign of life from its main loop, and timeout is how long it may give none. A sync worker runs the request in that loop. With threads or greenlets the loop goes on beside them, and a request may take for ever.',
  source: 'rules LIFE-GUNI-02, LIFE-GUNI-03; gunicorn 20.1, workers/gthread.py, run; workers/ggevent.py, run',
  find: (scene) =>
    scene.deployment.workerClass === 'sync' || scene.deployment.timeout === 0
      ? []
      : ifWritten(
          scene,
          'timeout',
          'warning',
          `timeout does not bound a request: the main loop of a ${scene.deployment.workerClass} worker gives its sign of life beside the requests`,
          'bound requests in the application, in its database driver, or in the proxy in front',
        ),
};

export const neverKilled: GunicornHazard = {
  code: 'HAZ122',
  title: 'Workers that hang stay',
  explanation: 'With timeout = 0 the arbiter looks at no heartbeat. A worker that hangs keeps its place for ever.',
  source: 'rule LIFE-GUNI-02; gunicorn 20.1, arbiter.py, murder_workers',
  find: (scene) =>
    scene.deployment.timeout > 0
      ? []
      : ifWritten(
          scene,
          'timeout',
          'warning',
          'timeout is 0: a worker that hangs is never killed, and its place is lost until a restart',
          'write a timeout longer than the longest request',
        ),
};

export const drainsInSilence: GunicornHazard = {
  code: 'HAZ123',
  title: 'Killed while it finishes its requests',
  explanation:
    'A gthread worker that stops, at SIGHUP or at max_requests, waits for its requests up to graceful_timeout and gives no sign of life meanwhile. Where timeout is shorter the arbiter kills it first, and the requests are lost.',
  source:
    'gunicorn 20.1 and 26.1, workers/gthread.py, run; probed with gunicorn 20.1.0: timeout 2, graceful_timeout 10, a request of 6 s and SIGHUP',
  find: ({ deployment, place }) => {
    const { workerClass, timeout, gracefulTimeout } = deployment;
    if (workerClass !== 'gthread' || timeout === 0 || gracefulTimeout <= timeout) return [];
    return [
      {
        at: place('graceful_timeout', 'timeout'),
        severity: 'warning',
        message: `a worker that finishes its requests after SIGHUP is killed after timeout, ${toSeconds(timeout)} s, and not after graceful_timeout, ${toSeconds(gracefulTimeout)} s`,
        fix: 'make timeout at least as long as graceful_timeout',
      },
    ];
  },
};

export const graceOfSyncWorkers: GunicornHazard = {
  code: 'HAZ124',
  title: 'graceful_timeout does not hold at a reload of sync workers',
  explanation:
    'At SIGHUP an old sync worker gets SIGTERM, finishes its request and goes. Nobody counts graceful_timeout then; what ends a request that takes too long is timeout. It holds when the server stops.',
  source: 'rule RELOAD-GUNI-04; gunicorn 20.1, arbiter.py, reload and stop',
  find: (scene) =>
    scene.deployment.workerClass === 'sync'
      ? ifWritten(
          scene,
          'graceful_timeout',
          'info',
          'graceful_timeout holds when the server stops; at SIGHUP a sync worker has as long as timeout gives it',
          'set timeout as well, if reloads are to be bounded',
        )
      : [],
};
