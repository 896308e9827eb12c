/** Workers that end before their time, and what becomes of those who wait. */
import { applicationsOf, type WorkerDeployment } from '../../spec/deployment.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import type { Situation } from './situations.ts';
import { act, askWorkers, awaitReplacement, fill, manyAtOnce, release, type Server, signal } from './worker-ground.ts';

/** Workers are lost with requests in them and others waiting, and told to go. */
export function losses(server: Server): readonly Situation[] {
  const { deployment, to, room, asking } = server;
  if (!workersOf(deployment).areReplaced) return [];
  const situations: Situation[] = [];
  const inside = Array.from({ length: Math.min(room.spare, 2) }, () => asking.hold(to));
  const crash = asking.request(to, { kind: 'exit', code: 1 });
  situations.push({
    name: 'an application ends its process',
    steps: [...inside, crash, release(inside), awaitReplacement(crash), ...askWorkers(server)],
  });
  const full = fill(server, to, Math.min(room.holdable, manyAtOnce));
  const waiting = asking.crowd(to);
  const [killed] = full;
  if (killed)
    situations.push({
      name: 'a process is killed while a request waits',
      steps: [
        ...full,
        waiting,
        signal('SIGKILL', killed),
        release([...full, waiting]),
        awaitReplacement(killed),
        ...askWorkers(server),
      ],
    });
  const told = asking.request(to);
  situations.push({
    name: 'a process is sent SIGTERM',
    steps: [told, signal('SIGTERM', told), awaitReplacement(told), ...askWorkers(server)],
  });
  if (loadsInWorkers(deployment)) situations.push(slowImport(server));
  return situations;
}

/** Whether a worker that replaces another one executes the script, and only then: with a limit one may be starting already. */
function loadsInWorkers(deployment: WorkerDeployment): boolean {
  if (workersOf(deployment).allowance !== null) return false;
  return deployment.kind === 'gunicorn'
    ? !deployment.preloadApp
    : deployment.kind === 'uwsgi' && deployment.lazyApps && deployment.maxWorkerLifetime === 0;
}

/** The successor of a process takes long to import the application, and a request comes meanwhile. */
function slowImport({ deployment, to, asking }: Server): Situation {
  const { script } = applicationsOf(deployment)[0];
  const crash = asking.request(to, { kind: 'exit', code: 1 });
  const waiting = asking.crowd(to);
  return {
    name: `the import of ${script} takes long`,
    steps: [
      act({ kind: 'stall', script }),
      crash,
      { do: 'await-import', script, atMost: fromSeconds(10) },
      waiting,
      act({ kind: 'mend', script }),
      release([waiting]),
      awaitReplacement(crash),
      asking.request(to),
    ],
  };
}
