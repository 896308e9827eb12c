/** How many requests may be held at the workers of a server at once, so that every held one gets in, and soon. */
import type { WorkerDeployment } from '../../spec/deployment.ts';
import { workersOf } from '../../spec/workers.ts';
import { mostHeld, type Room } from './room.ts';

/**
 * A gthread or gevent worker takes connections beyond its threads, although another worker is idle: as many as one worker
 * has threads get in for certain. Sync workers of gunicorn and threads of uWSGI take a connection only to run it.
 * Source: gunicorn, workers/gthread.py, `run`: it accepts up to worker_connections.
 */
export function roomOfWorkers(deployment: WorkerDeployment): Room {
  const { processes, threads } = workersOf(deployment);
  const holdable = Math.min(processes.min * threads, mostHeld);
  const takesMore = deployment.kind === 'gunicorn' && deployment.workerClass !== 'sync';
  const sure = Math.min(holdable, takesMore ? threads : holdable);
  return { holdable, sure, isFilled: holdable === processes.max * threads, spare: Math.max(0, sure - 1) };
}
