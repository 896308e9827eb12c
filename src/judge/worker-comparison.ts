/** What a run shows about the end of workers, beside what was predicted of it. */
import { applicationsOf, type WorkerDeployment } from '../../spec/deployment.ts';
import { onFileChange } from '../../spec/machines/worker-terms.ts';
import { eventsOf, type Trace } from '../../spec/trace.ts';
import { workersOf } from '../../spec/workers.ts';
import { type ComparisonRow, rowOf, together } from './comparison-row.ts';

export function workerReplacementRows(deployment: WorkerDeployment, trace: Trace): readonly ComparisonRow[] {
  return [...limitRow(deployment, trace), ...touchRow(deployment, trace), ...lossRow(deployment, trace)];
}

/** Up to the last request before the parent of the workers is told something. */
export function untilTheServerIsTold(trace: Trace): Trace {
  const told = trace.findIndex((event) => event.kind === 'act.performed' && event.act.kind === 'server-signal');
  if (told < 0) return trace;
  return trace.slice(0, trace.findLastIndex((event, index) => index < told && event.kind === 'request.sent') + 1);
}

function limitRow(deployment: WorkerDeployment, trace: Trace): readonly ComparisonRow[] {
  const { allowance, threads } = workersOf(deployment);
  if (allowance === null) return [];
  const spent = eventsOf(trace, 'process.exited').filter(({ because }) => because === 'max-requests');
  const handled = spent.map(
    ({ process }) => eventsOf(trace, 'request.accepted').filter((event) => event.process === process).length,
  );
  // Others that it has in hand are done as well, and a young worker of uWSGI goes on.
  const most = threads === 1 ? allowance.max : Number.POSITIVE_INFINITY;
  const agrees = handled.every((count) => count >= allowance.min && count <= most);
  const range = Number.isFinite(allowance.max) && allowance.max > allowance.min ? ` to ${allowance.max}` : '';
  const observed = together(handled.map(String));
  return [
    rowOf(
      name,
      'max-requests',
      `replaced after ${allowance.min}${range} requests`,
      observed && `replaced after ${observed} requests`,
      agrees,
    ),
  ];
}

function touchRow(deployment: WorkerDeployment, trace: Trace): readonly ComparisonRow[] {
  const scripts = new Set(applicationsOf(deployment).map(({ script }) => script));
  const touched = eventsOf(trace, 'act.performed').find(({ act }) => act.kind === 'touch' && scripts.has(act.script));
  if (touched?.act.kind !== 'touch') return [];
  const because = onFileChange(deployment, touched.act.script, true);
  const ended = eventsOf(trace, 'process.exited').some((event) => event.because === because);
  return [
    rowOf(
      name,
      'script touched',
      because === null ? 'nothing happens' : `workers replaced: ${because}`,
      ended ? `workers replaced: ${because}` : 'nothing happens',
    ),
  ];
}

function lossRow(deployment: WorkerDeployment, trace: Trace): readonly ComparisonRow[] {
  const killed = eventsOf(trace, 'process.exited').find(({ exit }) => exit.kind === 'killed' && exit.by === 'SIGKILL');
  if (!killed) return [];
  const isFollowed = eventsOf(trace, 'process.spawned').some(({ seq }) => seq > killed.seq);
  const words = (isReplaced: boolean): string => (isReplaced ? 'another one follows' : 'nobody follows');
  return [rowOf(name, 'worker killed', words(workersOf(deployment).areReplaced), words(isFollowed))];
}

const name = 'workers';
