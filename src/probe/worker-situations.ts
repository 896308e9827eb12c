/**
 * The situations of a server of workers: the twin of {@link file://./situations.ts}, which has those of Apache. First
 * what leaves everything as it is, then what ends processes, then what the server's parent is told; what ends the server
 * is last, and there is one such ending in a scenario.
 */
import type { WorkerDeployment } from '../../spec/deployment.ts';
import type { Scenario } from '../../spec/scenario.ts';
import { mostSomaxconn } from '../../spec/serving/somaxconn.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import { gunicornRestarts, gunicornSituations } from './gunicorn-situations.ts';
import { pepSituations } from './pep-situations.ts';
import { Asking, type Extent, type Situation } from './situations.ts';
import { uwsgiRestarts, uwsgiSituations } from './uwsgi-situations.ts';
import { crowding, keptConnection, requestLimit, saturation } from './worker-crowds.ts';
import { endingOf, endingsOf, type WorkerEnding } from './worker-endings.ts';
import { askEach, placesOf, type Server, told } from './worker-ground.ts';
import { losses } from './worker-losses.ts';
import { roomOfWorkers } from './worker-room.ts';

/** All situations of a deployment, one after the other on one server. */
export const workerSituations = <D extends WorkerDeployment>(deployment: D, ending?: WorkerEnding): Scenario<D> => ({
  deployment,
  steps: workerSituationsOf(deployment, ending).flatMap(({ steps }) => steps),
});

/** @param ending - One of {@link endingsOf}; without it the first of them, where there is any. */
export function workerSituationsOf(
  deployment: WorkerDeployment,
  ending: WorkerEnding | undefined = endingsOf(deployment)[0],
  extent: Extent = 'whole',
): readonly Situation[] {
  const server = serverOf(deployment, new Asking());
  if (!server) return [];
  if (neverStarts(deployment)) return [askedOnce(server)];
  const { to: first, places, asking } = server;
  const gentle = [
    askedOnce(server),
    { name: 'every application is asked again', steps: [...askEach(server), ...askEach(server)] },
    ...places.map((to) => saturation(server, to)),
    ...crowding(server),
    keptConnection(server),
    ...(isUnhurried(deployment) ? pepSituations(first, asking) : []),
  ].filter(({ steps }) => steps.length > 0);
  if (extent === 'brief') return gentle;
  const eventful = [
    ...requestLimit(server),
    ...ownSituations(server),
    ...losses(server),
    ...restarts(server),
    { name: 'every application is asked at the end', steps: askEach(server) },
    ...(ending ? [endingOf(server, ending)] : []),
  ];
  return [...gentle, ...eventful.filter(({ steps }) => steps.length > 0)];
}

/** What only such a server goes through: its deadlines, its files, the growth of its pool. */
export function ownSituationsOf(deployment: WorkerDeployment): readonly Situation[] {
  const server = serverOf(deployment, new Asking());
  return server ? [askedOnce(server), ...(neverStarts(deployment) ? [] : ownSituations(server))] : [];
}

const askedOnce = (server: Server): Situation => ({
  name: 'every application is asked once',
  steps: askEach(server),
});

/** Whether its configuration keeps it down on every machine. Source: rule LIFE-UWSGI-09. */
const neverStarts = (deployment: WorkerDeployment): boolean =>
  deployment.kind === 'uwsgi' && deployment.listen >= mostSomaxconn;

/** Null where no address of it can be asked. */
function serverOf(deployment: WorkerDeployment, asking: Asking): Server | null {
  const places = placesOf(deployment);
  const [to] = places;
  return to ? { deployment, to, places, room: roomOfWorkers(deployment), asking } : null;
}

/** Whether its workers live as long as they are left alone: a program is not to be cut short by a limit. */
export function isUnhurried(deployment: WorkerDeployment): boolean {
  if (workersOf(deployment).allowance !== null) return false;
  switch (deployment.kind) {
    case 'gunicorn':
      return deployment.timeout === 0 || deployment.timeout >= longest;
    case 'uwsgi':
      return deployment.maxWorkerLifetime === 0 && (deployment.harakiri === 0 || deployment.harakiri >= longest);
    case 'plain':
      return true;
    default:
      return assertNever(deployment);
  }
}
/** More than a program waits for a server that breaks a rule, in ms. */
const longest = 15_000;

/** The end of a server that went through something else; null where no address of it can be asked. */
export function workerEnd(deployment: WorkerDeployment, ending: WorkerEnding, asking: Asking): Situation | null {
  const server = serverOf(deployment, asking);
  return server && endingOf(server, ending);
}

/** The programs that show how PEP 3333 is kept, on a server that goes through something else as well. */
export function workerPrograms(deployment: WorkerDeployment, asking: Asking): readonly Situation[] {
  const [to] = placesOf(deployment);
  return to ? pepSituations(to, asking) : [];
}

/** What only this server has: its deadlines, its files, the growth of its pool. */
function ownSituations(server: Server): readonly Situation[] {
  const { deployment } = server;
  switch (deployment.kind) {
    case 'gunicorn':
      return gunicornSituations({ ...server, deployment });
    case 'uwsgi':
      return uwsgiSituations({ ...server, deployment });
    case 'plain':
      return [];
    default:
      return assertNever(deployment);
  }
}

/** The parent is told what leaves the server running. */
function restarts(server: Server): readonly Situation[] {
  const { deployment } = server;
  switch (deployment.kind) {
    case 'gunicorn':
      return gunicornRestarts({ ...server, deployment });
    case 'uwsgi':
      return deployment.master ? uwsgiRestarts({ ...server, deployment }) : [];
    case 'plain': {
      const { reloadsOn } = deployment.promises;
      return reloadsOn === null ? [] : [told(server, reloadsOn)];
    }
    default:
      return assertNever(deployment);
  }
}
