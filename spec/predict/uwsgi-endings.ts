/**
 * What ends a worker of uWSGI. Sources: uWSGI 2.0, core/utils.c, uwsgi_close_request; core/master_checks.c; core/master.c,
 * master_loop; core/master_utils.c, uwsgi_curse; core/uwsgi.c, grace_them_all, reap_them_all, kill_them_all and end_me;
 * rules LIFE-UWSGI-*, RELOAD-UWSGI-*, SHUT-UWSGI-*.
 */
import type { UwsgiDeployment } from '../deployments/uwsgi.ts';
import { type Millis, toSeconds } from '../vocabulary.ts';
import type { EndingCause } from './endings.ts';

/** The causes that the options allow, the configured ones first. Without a master nobody looks at most of them. */
export function endingsOfUwsgi(deployment: UwsgiDeployment): readonly EndingCause[] {
  const { master, exitOnReload } = deployment;
  const alone = master ? 'process-replaced' : 'process-gone';
  const reload = exitOnReload ? 'server-stops' : 'process-replaced';
  const watched = (because: EndingCause['because'], after: string | null, effect: EndingCause['effect'] = alone) =>
    master ? causes(because, after, effect) : [];
  return [
    ...causes('max-requests', maxRequests(deployment), alone),
    ...watched('max-worker-lifetime', maxWorkerLifetime(deployment)),
    ...causes('harakiri', harakiri(deployment), alone),
    ...causes('reload-on-rss', memory(deployment, deployment.reloadOnRss, 'of memory'), alone),
    ...causes('reload-on-as', memory(deployment, deployment.reloadOnAs, 'of address space'), alone),
    ...watched('reload-on-rss', evil(deployment.evilReloadOnRss, 'of memory')),
    ...watched('reload-on-as', evil(deployment.evilReloadOnAs, 'of address space')),
    ...watched('surplus', surplus(deployment), 'process-gone'),
    ...watched('idle', idle(deployment), deployment.dieOnIdle ? 'server-stops' : 'process-gone'),
    ...watched('touch-reload', touched(deployment.touchReload, wholeReload(deployment)), reload),
    ...watched(
      'touch-workers-reload',
      touched(deployment.touchWorkersReload, workersReload(deployment, 'all workers')),
    ),
    ...watched(
      'touch-chain-reload',
      touched(deployment.touchChainReload, workersReload(deployment, 'one worker after the other')),
    ),
    ...watched('py-auto-reload', pyAutoReload(deployment), reload),
    ...watched('server-restart', restart(deployment), reload),
    ...causes('signal', workerSignal(deployment), alone),
    { because: 'server-stop', after: stop(deployment), effect: 'process-gone' },
    ...causes('crash', crash(deployment), alone),
    ...watched('orphaned', orphaned(deployment), 'process-gone'),
  ];
}

const causes = (
  because: EndingCause['because'],
  after: string | null,
  effect: EndingCause['effect'],
): readonly EndingCause[] => (after === null ? [] : [{ because, after, effect }]);

function maxRequests(deployment: UwsgiDeployment): string | null {
  const { maxRequests: limit, maxRequestsDelta: delta, minWorkerLifetime } = deployment;
  if (limit === 0) return null;
  const more = delta === 0 ? '' : `, ${delta} more for each worker after the first`;
  const age = minWorkerLifetime === 0 ? '' : `, once it is ${seconds(minWorkerLifetime)} old`;
  return `${limit} ${limit === 1 ? 'request' : 'requests'} to one worker${more}${age}; ${others(deployment)}`;
}

const others = ({ threads, async }: UwsgiDeployment): string =>
  threads > 1 || async > 1 ? 'others in progress in it are finished first' : 'the last one is answered';

function maxWorkerLifetime({
  maxWorkerLifetime: limit,
  maxWorkerLifetimeDelta: delta,
}: UwsgiDeployment): string | null {
  if (limit === 0) return null;
  const more = delta === 0 ? '' : `, ${seconds(delta)} more for each worker after the first`;
  return `${seconds(limit)} of life${more}; requests in progress are finished first`;
}

/** Source: core/utils.c, set_harakiri: one clock for each worker, which every request that begins or ends sets back. */
function harakiri(deployment: UwsgiDeployment): string | null {
  const { harakiri: limit, harakiriGracefulTimeout: grace, threads, async, master } = deployment;
  if (limit === 0) return null;
  const clock =
    threads > 1 || async > 1
      ? `${seconds(limit)} in which a request runs and none begins or ends in the worker`
      : `${seconds(limit)} of one request`;
  const kill = grace > 0 ? `the worker is sent SIGTERM, and killed ${seconds(grace)} later` : 'the worker is killed';
  return `${clock}: ${master ? kill : 'the worker ends'}, and its clients get no answer`;
}

function memory({ minWorkerLifetime }: UwsgiDeployment, limit: number, of: string): string | null {
  if (limit === 0) return null;
  const age = minWorkerLifetime === 0 ? '' : `, once it is ${seconds(minWorkerLifetime)} old`;
  return `${limit} MB ${of} at the end of a request${age}`;
}

const evil = (limit: number, of: string): string | null =>
  limit === 0 ? null : `${limit} MB ${of}, looked at every 3 s: the worker is killed, and its requests are lost`;

function surplus({ cheaper, processes }: UwsgiDeployment): string | null {
  if (cheaper === null) return null;
  return `more workers idle than are needed: one at a time, down to ${cheaper.min}; at most ${processes} are started again when all are busy`;
}

function idle({ idle: limit, dieOnIdle }: UwsgiDeployment): string | null {
  if (limit === 0) return null;
  return `${seconds(limit)} without a request${dieOnIdle ? '' : '; the next connection starts the workers again'}`;
}

/** Source: core/utils.c, uwsgi_check_touches: whole seconds, and only forwards. */
const touched = (files: readonly string[], then: string): string | null =>
  files.length === 0 ? null : `a newer time of ${files.join(' or ')}, looked at once a second: ${then}`;

const mercy = ({ workerReloadMercy }: UwsgiDeployment): string =>
  `requests in progress get ${seconds(workerReloadMercy)} to finish`;

function wholeReload(deployment: UwsgiDeployment): string {
  const { lazy, exitOnReload } = deployment;
  if (exitOnReload) return `${mercy(deployment)}, and the server ends`;
  return lazy
    ? `all workers are replaced, and load the applications anew; ${mercy(deployment)}`
    : `all workers end and the master starts anew; ${mercy(deployment)}, and new ones wait until it is there again`;
}

const workersReload = (deployment: UwsgiDeployment, which: string): string =>
  `${which} replaced; ${mercy(deployment)}; ${
    deployment.lazyApps || deployment.lazy
      ? 'each loads the applications anew'
      : 'each is a copy of the same master, with the same code'
  }`;

const pyAutoReload = (deployment: UwsgiDeployment): string | null =>
  deployment.pyAutoReload === 0
    ? null
    : `a newer time of an imported module, looked at every ${seconds(deployment.pyAutoReload)}: ${wholeReload(deployment)}`;

/** Source: core/master.c, master_loop, where the signals are set. */
const restart = (deployment: UwsgiDeployment): string =>
  `SIGHUP to the master: ${wholeReload(deployment)}; ${deployment.dieOnTerm ? 'SIGQUIT' : 'SIGTERM'} does so at once, and requests in progress are lost`;

const workerSignal = (deployment: UwsgiDeployment): string =>
  `SIGHUP to the worker: requests in progress are finished; SIGINT or SIGTERM to it: they are lost${deployment.master ? '' : '; without a master each process is told by itself'}`;

const stop = (deployment: UwsgiDeployment): string =>
  deployment.master
    ? `SIGINT or ${deployment.dieOnTerm ? 'SIGTERM' : 'SIGQUIT'} to the master: requests in progress are lost`
    : 'SIGINT or SIGTERM to every process: requests in progress are lost';

const crash = ({ master, forkbombDelay }: UwsgiDeployment): string =>
  `the process exits or dies by itself: its requests are lost${
    master
      ? `; where workers die as fast as they are started, the master waits ${seconds(forkbombDelay)}`
      : ', and nobody replaces it'
  }`;

const orphaned = ({ others: rest }: UwsgiDeployment): string | null =>
  Object.hasOwn(rest, 'no-orphans') ? 'the master is gone: the worker ends, as no-orphans says' : null;

const seconds = (duration: Millis): string => `${toSeconds(duration)} s`;
