/** What only gunicorn has: its heartbeat, its watched script, and what its arbiter understands. */
import type { GunicornDeployment } from '../../spec/deployments/gunicorn.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Situation } from './situations.ts';
import {
  askWorkers,
  awaitOutcome,
  fill,
  isShort,
  lateness,
  manyAtOnce,
  release,
  type Server,
  serverSignal,
  told,
  utmostLateness,
} from './worker-ground.ts';
import { touchedScript } from './worker-touches.ts';

export const gunicornSituations = (server: Server<GunicornDeployment>): readonly Situation[] => [
  ...touchedScript(server, server.deployment.reload),
  ...silentWorker(server),
];

/** A request takes longer than `timeout`. */
function silentWorker({ deployment, to, asking }: Server<GunicornDeployment>): readonly Situation[] {
  if (!isShort(deployment.timeout)) return [];
  const held = asking.hold(to);
  return [
    {
      name: 'a request takes longer than timeout',
      steps: [
        held,
        // Only a sync worker is killed for it.
        awaitOutcome(held, deployment.timeout + (deployment.workerClass === 'sync' ? utmostLateness : lateness)),
        release([held]),
        asking.request(to),
      ],
    },
  ];
}

export function gunicornRestarts(server: Server<GunicornDeployment>): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  const { workers, daemon } = deployment;
  /** As many as the workers it has now run, and one more. */
  const oneMoreThanFits = (): readonly Step[] => {
    const held = fill(server, to, Math.min(room.sure, manyAtOnce));
    const more = [asking.crowd(to), asking.crowd(to)];
    return [...held, ...more, release([...held, ...more])];
  };
  const held = asking.hold(to);
  const beside = [asking.crowd(to), asking.crowd(to)];
  return [
    told(server, 'SIGUSR1'),
    ...(daemon ? [] : [told(server, 'SIGWINCH')]),
    {
      name: 'the server gets one worker more',
      steps: [serverSignal('SIGTTIN'), ...askWorkers(server), ...oneMoreThanFits()],
    },
    {
      name: 'the server gets its number of workers back',
      continues: true,
      steps: [serverSignal('SIGHUP'), ...askWorkers(server), ...oneMoreThanFits()],
    },
    {
      name: 'the server is told to have one worker less than one',
      continues: true,
      steps: [...Array.from({ length: Math.min(workers, 8) }, () => serverSignal('SIGTTOU')), ...askWorkers(server)],
    },
    {
      name: 'the server is restarted',
      continues: true,
      steps: [serverSignal('SIGHUP'), ...askWorkers(server), ...oneMoreThanFits()],
    },
    {
      name: 'the server is restarted with a request inside',
      // They crowd: an old gthread worker may take one more, which then waits behind the one held.
      steps: [
        held,
        serverSignal('SIGHUP'),
        ...beside,
        // Only an old sync worker is still there then.
        ...(outlivesItsGrace(deployment) ? [awaitOutcome(held, deployment.gracefulTimeout + aMoment)] : []),
        release([held, ...beside]),
        ...askWorkers(server),
      ],
    },
  ];
}

/** Whether a request may be inside an old worker for longer than graceful_timeout, and that is soon over. */
const outlivesItsGrace = ({ workerClass, gracefulTimeout, timeout }: GunicornDeployment): boolean =>
  workerClass === 'sync' && isShort(gracefulTimeout) && (timeout === 0 || timeout > gracefulTimeout + aMoment);
/** In ms. */
const aMoment = 1000;
