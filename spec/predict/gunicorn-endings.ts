/**
 * What ends a worker of gunicorn. Sources: gunicorn 20.1, arbiter.py (murder_workers, reap_workers, manage_workers, stop),
 * workers/base.py, sync.py, gthread.py and ggevent.py; rules LIFE-GUNI-*, RELOAD-GUNI-*, SHUT-GUNI-*.
 */
import type { GunicornDeployment } from '../deployments/gunicorn.ts';
import { type Millis, toSeconds } from '../vocabulary.ts';
import type { EndingCause } from './endings.ts';

/** The causes that the settings allow, the configured ones first. */
export function endingsOfGunicorn(deployment: GunicornDeployment): readonly EndingCause[] {
  const { gracefulTimeout, workers, workerClass } = deployment;
  const alone =
    workerClass === 'sync'
      ? 'it finishes its request'
      : `requests in progress get ${seconds(drainTime(deployment))} to finish`;
  const grace = `${seconds(gracefulTimeout)} to finish`;
  return [
    ...replacing('max-requests', maxRequests(deployment)),
    ...replacing('timeout', timeout(deployment)),
    ...replacing('reload', reload(deployment)),
    ...replacing('server-restart', restart(deployment)),
    ...replacing('signal', `SIGTERM to the worker: ${alone}; SIGQUIT or SIGINT: ${quit(deployment)}`),
    {
      because: 'surplus',
      after: `SIGTTOU to the arbiter takes the oldest worker away, never the last; SIGTTIN adds one; SIGHUP goes back to ${workers}`,
      effect: 'process-gone',
    },
    {
      because: 'server-stop',
      after: `SIGTERM to the arbiter: requests in progress get ${grace}, then SIGKILL; SIGINT or SIGQUIT to it: ${quit(deployment)}`,
      effect: 'process-gone',
    },
    ...replacing('crash', 'the process exits or dies by itself: all requests in progress in it are lost'),
    {
      because: 'crash',
      after:
        'it exits with status 3 (it could not start) or 4 (the application could not be found), even later on: the arbiter stops as well',
      effect: 'server-stops',
    },
    {
      because: 'orphaned',
      after: `the arbiter is gone: the worker notices within ${orphanNotice(deployment)} and stops`,
      effect: 'process-gone',
    },
  ];
}

const replacing = (because: EndingCause['because'], after: string | null): readonly EndingCause[] =>
  after === null ? [] : [{ because, after, effect: 'process-replaced' }];

function maxRequests(deployment: GunicornDeployment): string | null {
  const { maxRequests: least, maxRequestsJitter, workerClass } = deployment;
  if (least === 0) return null;
  const most = least + maxRequestsJitter;
  const reached =
    most === least
      ? `${least} ${least === 1 ? 'request' : 'requests'} to one worker`
      : `${least} to ${most} requests to one worker, which draws its own number when it starts`;
  return workerClass === 'sync'
    ? reached
    : `${reached}; others in progress get ${seconds(drainTime(deployment))} to finish`;
}

function timeout({ timeout: limit, workerClass }: GunicornDeployment): string | null {
  if (limit === 0) return null;
  const killed = 'SIGABRT, and SIGKILL about a second later';
  return workerClass === 'sync'
    ? `${seconds(limit)} without a sign of life, of which a sync worker gives none while it runs a request: ${killed}`
    : `${seconds(limit)} in which its main loop does not turn, however long a request takes: ${killed}`;
}

const reload = ({ reload: watches, preloadApp }: GunicornDeployment): string | null =>
  watches
    ? `a change of a file that it imported: each worker notices for itself and stops${preloadApp ? '; what was imported before the fork stays old' : ''}`
    : null;

function restart(deployment: GunicornDeployment): string {
  const { preloadApp, workerClass } = deployment;
  const finishing =
    workerClass === 'sync'
      ? ' and finish their request, which only timeout bounds'
      : `; requests in progress get ${seconds(drainTime(deployment))} to finish`;
  const old = preloadApp ? '; the application is not imported again' : '';
  return `SIGHUP to the arbiter: new workers start, then the old ones get SIGTERM${finishing}${old}`;
}

/**
 * How long a worker that goes by itself waits for its requests. One with threads gives no sign of life meanwhile, and is
 * killed for that. Source: gunicorn 20.1, workers/gthread.py and ggevent.py, run; probed.
 */
const drainTime = ({ workerClass, timeout: limit, gracefulTimeout }: GunicornDeployment): Millis =>
  workerClass === 'gthread' && limit > 0 && limit < gracefulTimeout ? limit : gracefulTimeout;

/** Source: gunicorn 20.1, arbiter.py, spawn_worker: a sync worker waits half of timeout for a connection; sync.py, run. */
const orphanNotice = ({ workerClass, timeout: limit }: GunicornDeployment): string =>
  workerClass === 'sync' ? (limit === 0 ? '0.5 s' : `${toSeconds(limit) / 2} s`) : '1 s';

/** What becomes of requests in progress. Source: rule SHUT-GUNI-01. */
const quit = ({ workerClass }: GunicornDeployment): string =>
  workerClass === 'gthread' ? 'they are finished as well' : 'they are lost';

const seconds = (duration: Millis): string => `${toSeconds(duration)} s`;
