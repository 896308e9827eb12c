/** Traps in max_requests. */
import { type GunicornHazard, ifWritten } from './scene.ts';

export const allAtOnce: GunicornHazard = {
  code: 'HAZ131',
  title: 'All workers restart at the same time',
  explanation:
    'Workers get about as many requests as one another, so that they reach max_requests within moments. While they start again nobody serves. max_requests_jitter gives each a number of its own.',
  source: 'rule LIFE-GUNI-01; gunicorn manual, Settings, max_requests_jitter',
  find: ({ deployment, place }) =>
    deployment.maxRequests > 0 && deployment.maxRequestsJitter === 0 && deployment.workers > 1
      ? [
          {
            at: place('max_requests'),
            severity: 'warning',
            message: `all ${deployment.workers} workers reach ${deployment.maxRequests} requests at about the same time, and start again together`,
            fix: `write max_requests_jitter = ${Math.max(1, Math.round(deployment.maxRequests / 10))}, so that each has a number of its own`,
          },
        ]
      : [],
};

export const jitterAlone: GunicornHazard = {
  code: 'HAZ132',
  title: 'max_requests_jitter without max_requests',
  explanation: 'The jitter is added to max_requests, and counts only where that is above 0.',
  source: 'gunicorn 20.1, workers/base.py, Worker.__init__',
  find: (scene) =>
    scene.deployment.maxRequests > 0 || scene.deployment.maxRequestsJitter === 0
      ? []
      : ifWritten(
          scene,
          'max_requests_jitter',
          'warning',
          'max_requests_jitter has no effect without max_requests: no worker is replaced',
          'set max_requests as well',
        ),
};

export const gapOfTheOnlyWorker: GunicornHazard = {
  code: 'HAZ133',
  title: 'Nobody serves while the only worker is replaced',
  explanation:
    'The next worker starts when the old one has gone. With one worker all requests wait for as long as the application takes to be imported.',
  source: 'rules LIFE-GUNI-01, LIFE-GUNI-05; gunicorn 20.1, arbiter.py, reap_workers',
  find: ({ deployment, place }) =>
    deployment.maxRequests > 0 && deployment.workers === 1
      ? [
          {
            at: place('max_requests'),
            severity: 'info',
            message: `after ${deployment.maxRequests} requests nobody serves until the next worker has imported the application`,
            fix: 'run two workers',
          },
        ]
      : [],
};
