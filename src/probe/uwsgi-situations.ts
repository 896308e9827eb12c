/** What only uWSGI has: its deadlines, the files it looks at, the growth of its pool, and what its master understands. */
import { applicationsOf } from '../../spec/deployment.ts';
import { hasAnyMemory, type UwsgiDeployment } from '../../spec/deployments/uwsgi.ts';
import type { Situation } from './situations.ts';
import {
  act,
  askWorkers,
  awaitOutcome,
  awaitReplacement,
  fill,
  isShort,
  lateness,
  release,
  rest,
  type Server,
  serverSignal,
  told,
  utmostLateness,
} from './worker-ground.ts';
import { touchedScript } from './worker-touches.ts';

export function uwsgiSituations(server: Server<UwsgiDeployment>): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  const watched = [deployment.touchReload, deployment.touchWorkersReload, deployment.touchChainReload].flat();
  const { script } = applicationsOf(deployment)[0];
  const situations: Situation[] =
    watched.includes(script) || deployment.pyAutoReload > 0 ? [] : [...touchedScript(server, false)];
  if (deployment.master) for (const file of new Set(watched)) situations.push(touchedFile(server, file));
  if (isShort(deployment.harakiri)) {
    const held = asking.hold(to);
    situations.push({
      name: 'a request takes longer than harakiri',
      steps: [held, awaitOutcome(held, deployment.harakiri + utmostLateness), release([held]), asking.request(to)],
    });
    // Only in the same worker does the other request matter.
    if (room.spare > 0 && deployment.processes === 1) {
      const stuck = asking.hold(to);
      situations.push({
        name: 'a request takes longer than harakiri, and another one came and left',
        steps: [
          stuck,
          asking.request(to),
          awaitOutcome(stuck, deployment.harakiri + lateness),
          release([stuck]),
          asking.request(to),
        ],
      });
    }
  }
  if (isShort(deployment.maxWorkerLifetime)) {
    const held = asking.hold(to);
    situations.push({
      name: 'a request is inside when its worker is as old as it may be',
      steps: [
        held,
        awaitOutcome(held, deployment.maxWorkerLifetime + lateness),
        release([held]),
        awaitReplacement(held),
        asking.request(to),
      ],
    });
  }
  if (deployment.cheaper && deployment.cheaper.overload <= 5) {
    const { min, overload } = deployment.cheaper;
    const held = fill(server, to, min * deployment.threads);
    const waiting = asking.crowd(to);
    situations.push({
      name: 'all workers are busy until there are more',
      steps: [
        ...held,
        waiting,
        awaitOutcome(waiting, overload * 1000 + 2 * lateness),
        release([...held, waiting]),
        asking.request(to),
      ],
    });
  }
  return [...situations, ...largeWorker(server), ...startedThread(server)];
}

/** So little, in megabytes, that every worker is above it. */
const little = 1;
const isLow = (limit: number): boolean => limit > 0 && limit <= little;

/** A worker has more memory than it may: when it is young and when it is not, or as soon as the master looks. */
function largeWorker({ deployment, to, asking }: Server<UwsgiDeployment>): readonly Situation[] {
  const { reloadOnRss, reloadOnAs, evilReloadOnRss, evilReloadOnAs, minWorkerLifetime } = deployment;
  const held = asking.hold(to);
  if (isLow(evilReloadOnRss) || isLow(evilReloadOnAs))
    return [
      {
        name: 'a request is inside a worker that the master finds too large',
        steps: [asking.request(to), held, awaitOutcome(held, utmostLateness), release([held]), asking.request(to)],
      },
    ];
  if (!(isLow(reloadOnRss) || isLow(reloadOnAs)) || !isShort(minWorkerLifetime)) return [];
  return [
    {
      name: 'a worker is too large, and grows old',
      steps: [
        asking.request(to),
        asking.request(to),
        held,
        awaitOutcome(held, minWorkerLifetime + lateness / 2),
        release([held]),
        awaitReplacement(held),
        asking.request(to),
      ],
    },
  ];
}

/** A thread of the application works on while its worker has nothing to do, and while it has a long request. */
function startedThread({ deployment, to, asking }: Server<UwsgiDeployment>): readonly Situation[] {
  if (!isLeftAlone(deployment)) return [];
  const long = asking.hold(to);
  return [
    {
      name: 'an application starts a thread',
      steps: [
        asking.request(to, { kind: 'start-thread' }),
        rest(aWhile),
        asking.request(to),
        long,
        awaitOutcome(long, aWhile),
        release([long]),
        asking.request(to),
      ],
    },
  ];
}

/** In ms. */
const aWhile = 1500;

/** Whether all requests meet one worker, which nothing ends. */
const isLeftAlone = (deployment: UwsgiDeployment): boolean =>
  deployment.processes === 1 &&
  deployment.maxRequests === 0 &&
  deployment.maxWorkerLifetime === 0 &&
  deployment.harakiri === 0 &&
  deployment.idle === 0 &&
  hasAnyMemory(deployment);

/** A file that the master looks at is touched, with a request inside and another one coming. */
function touchedFile(server: Server<UwsgiDeployment>, file: string): Situation {
  const { to, asking } = server;
  const before = askWorkers(server);
  const held = asking.hold(to);
  const waiting = asking.crowd(to);
  return {
    name: `${file} is touched with a request inside`,
    steps: [
      ...before,
      held,
      act({ kind: 'touch', script: file }),
      // The master looks once a second; it is seen that it waits.
      awaitOutcome(held, lateness),
      waiting,
      release([held, waiting]),
      ...before.map(awaitReplacement),
      ...askWorkers(server),
    ],
  };
}

export function uwsgiRestarts(server: Server<UwsgiDeployment>): readonly Situation[] {
  const { deployment, to, asking } = server;
  const { dieOnTerm, workerReloadMercy, needApp } = deployment;
  const { script } = applicationsOf(deployment)[0];
  const situations: Situation[] = [told(server, 'SIGUSR1'), told(server, 'SIGHUP')];
  if (isShort(workerReloadMercy)) {
    const held = asking.hold(to);
    situations.push({
      name: 'the server is restarted with a request inside that does not end',
      steps: [held, serverSignal('SIGHUP'), release([held]), ...askWorkers(server)],
    });
  }
  situations.push(told(server, dieOnTerm ? 'SIGQUIT' : 'SIGTERM'));
  const registered = asking.request(to, { kind: 'register-exit-handlers' });
  const busy = asking.hold(to);
  // A worker that runs Python code does not end by itself.
  if (isShort(workerReloadMercy))
    situations.push({
      name: 'the server is restarted brutally with exit handlers, and a request inside',
      steps: [
        registered,
        busy,
        serverSignal(dieOnTerm ? 'SIGQUIT' : 'SIGTERM'),
        release([busy]),
        ...askWorkers(server),
      ],
    });
  const idle = asking.request(to, { kind: 'register-exit-handlers' });
  situations.push({
    name: 'the server is restarted with exit handlers',
    steps: [idle, serverSignal('SIGHUP'), ...askWorkers(server)],
  });
  if (!needApp)
    situations.push({
      name: `${script} raises, and is mended`,
      steps: [
        act({ kind: 'break', script }),
        serverSignal('SIGHUP'),
        asking.request(to),
        asking.request(to),
        act({ kind: 'mend', script }),
        serverSignal('SIGHUP'),
        ...askWorkers(server),
      ],
    });
  return situations;
}
