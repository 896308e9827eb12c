/** How many requests may be held at once on a server of workers, so that every held one gets in, and soon. */
import type { WorkerDeployment } from '../../spec/deployment.ts';
import { assertNever } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import { mostHeld, type Room } from './room.ts';

/**
 * A worker that is at its limit of requests and has others inside takes no more, and is not replaced before they are
 * out: then no more than one is held, and nothing is asked beside it.
 */
export function roomOfWorkers(deployment: WorkerDeployment): Room {
  const { allowance } = workersOf(deployment);
  const threads = threadsOf(deployment);
  const capacity = leastWorkers(deployment) * threads;
  const holdable = Math.min(capacity, mostHeld);
  const sure = allowance !== null && threads > 1 ? 1 : Math.min(holdable, certainIn(deployment));
  return { holdable, sure, isFilled: sure === capacity, spare: sure - 1 };
}

/** The threads of a worker that can be held: requests that one thread has by turns all stand still with the one held. */
const threadsOf = (deployment: WorkerDeployment): number =>
  deployment.kind === 'uwsgi' ? deployment.threads : workersOf(deployment).threads;

/** The workers that surely live once a request was answered. */
export const leastWorkers = (deployment: WorkerDeployment): number =>
  deployment.kind === 'uwsgi' ? (deployment.cheaper?.min ?? deployment.processes) : workersOf(deployment).processes.min;

/** How many one after the other find a thread for certain, although nobody gives them to a worker that has one free. */
function certainIn(deployment: WorkerDeployment): number {
  const threads = threadsOf(deployment);
  const all = leastWorkers(deployment) * threads;
  switch (deployment.kind) {
    // A gthread worker accepts connections that all its threads are too busy for, whether another worker is idle or not.
    // Sync workers and full gevent pools accept none. Source: gunicorn 20.1, workers/gthread.py, run.
    case 'gunicorn':
      return deployment.workerClass === 'gthread' ? threads : all;
    // Each thread accepts for itself. Source: uWSGI 2.0, core/loop.c, simple_loop_run.
    case 'uwsgi':
      return all;
    // Nothing is known of how processes share connections.
    case 'plain':
      return threads;
    default:
      return assertNever(deployment);
  }
}
