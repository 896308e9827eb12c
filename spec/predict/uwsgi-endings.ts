/** What ends a worker of uWSGI. Sources: uWSGI 2.0, core/master.c, core/utils.c; rules LIFE-UWSGI-*, SHUT-UWSGI-*. */
import type { UwsgiDeployment } from '../deployments/uwsgi.ts';
import { type Millis, toSeconds } from '../vocabulary.ts';
import type { EndingCause } from './endings.ts';

/** The causes that the options allow, the configured ones first. */
export function endingsOfUwsgi(deployment: UwsgiDeployment): readonly EndingCause[] {
  const { master, maxRequests, minWorkerLifetime, maxWorkerLifetime, harakiri, workerReloadMercy } = deployment;
  const effect = master ? 'process-replaced' : 'process-gone';
  const causes: EndingCause[] = [];
  if (maxRequests > 0)
    causes.push({
      because: 'max-requests',
      after: `${maxRequests} requests to one worker, once it is ${seconds(minWorkerLifetime)} old`,
      effect,
    });
  if (master && maxWorkerLifetime > 0)
    causes.push({ because: 'max-worker-lifetime', after: `${seconds(maxWorkerLifetime)} of life`, effect });
  if (master && harakiri > 0)
    causes.push({
      because: 'harakiri',
      after: `${seconds(harakiri)} of one request: the worker is killed`,
      effect,
    });
  if (master)
    causes.push({
      because: 'server-restart',
      after: `SIGHUP to the master: requests in progress get ${seconds(workerReloadMercy)} to finish`,
      effect,
    });
  causes.push(
    { because: 'server-stop', after: 'the server is told to stop', effect: 'process-gone' },
    { because: 'crash', after: 'the process exits or dies by itself', effect },
  );
  return causes;
}

const seconds = (duration: Millis): string => `${toSeconds(duration)} s`;
