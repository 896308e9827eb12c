/** What all parents of workers have in common, whichever server they are of: whom they know, and what they hear. */
import type { ActorRefFrom, DoneActorEvent } from 'xstate';
import type { ServerSignal } from '../trace.ts';
import { type ProcessId, processId } from '../vocabulary.ts';
import type { WorkerEnd, WorkerInput, WorkerReport, workerMachine } from './worker.ts';
import { type TouchEnding, termsAt, type WorkerPlan } from './worker-terms.ts';

export type WorkerRef = ActorRefFrom<typeof workerMachine>;

export interface Worker {
  readonly ref: WorkerRef;
  /** Its place, from 1. The actor is called by it: XState remembers each name under which an actor ever ended. */
  readonly place: number;
  /** It takes requests and was not told to go. */
  readonly counts: boolean;
  readonly isLeaving: boolean;
  /** Workers that the same start or reload made. */
  readonly generation: number;
}

/** In the order started: the first is the oldest. */
export type Workers = ReadonlyMap<ProcessId, Worker>;

export interface Brood {
  readonly workers: Workers;
  /** Workers started so far. */
  readonly started: number;
  readonly generation: number;
}

export const noWorkers: Brood = { workers: new Map(), started: 0, generation: 1 };

/** What every parent of workers hears. */
export type ParentEvent =
  | WorkerReport
  | DoneActorEvent<WorkerEnd>
  | { readonly type: 'SIGNAL'; readonly signal: ServerSignal }
  /** A file that is looked at has changed. */
  | { readonly type: 'TOUCHED'; readonly because: TouchEnding }
  /** The parent has loaded the applications, or could not and cannot go on; where it was asked to. */
  | { readonly type: 'LOADED' }
  | { readonly type: 'LOAD_FAILED' };

/** Why and how a worker ended, where its machine is done. */
export const ended = ({ event }: { readonly event: DoneActorEvent<WorkerEnd> }): WorkerEnd => event.output;

/** What every parent does about a worker that ended. */
export const takeLeave = [
  { type: 'letGo', params: ended },
  { type: 'noteGone', params: ended },
] as const;

interface Parent {
  readonly context: { readonly brood: Brood };
}
interface Named {
  readonly process: ProcessId;
}

/** What the actor of a worker is known by. */
export const refOf = ({ context }: Parent, { process }: Named): WorkerRef | string =>
  context.brood.workers.get(process)?.ref ?? process;
export const broodWithout = ({ context }: Parent, { process }: Named): Brood => withoutWorker(context.brood, process);
export const broodWithReady = ({ context }: Parent, { process }: Named): Brood => withReady(context.brood, process);

/** Who starts a worker's machine: {@link file://./worker.ts}. */
export type SpawnWorker = (src: 'worker', options: { id: string; input: WorkerInput }) => WorkerRef;

/**
 * One worker more, in the first free place unless `place` says which.
 * @param family - What its processes are called.
 */
export function withWorker(
  brood: Brood,
  plan: WorkerPlan,
  spawn: SpawnWorker,
  family = 'worker',
  place: number = freePlace(brood.workers),
): Brood {
  const started = brood.started + 1;
  const process = processId(family, started);
  // The workers of a server are one group, and it has no name.
  const ref = spawn('worker', {
    id: `place ${place}`,
    input: { process, processGroup: '', terms: termsAt(plan, place) },
  });
  const worker: Worker = { ref, place, counts: false, isLeaving: false, generation: brood.generation };
  return { ...brood, started, workers: new Map(brood.workers).set(process, worker) };
}

/** So many workers more. */
export const withWorkers = (
  brood: Brood,
  count: number,
  plan: WorkerPlan,
  spawn: SpawnWorker,
  family?: string,
): Brood => {
  let more = brood;
  for (let left = count; left > 0; left--) more = withWorker(more, plan, spawn, family);
  return more;
};

function withoutWorker(brood: Brood, process: ProcessId): Brood {
  const workers = new Map(brood.workers);
  workers.delete(process);
  return { ...brood, workers };
}

const withReady = (brood: Brood, process: ProcessId): Brood =>
  changed(brood, (id, worker) => (id === process && !worker.isLeaving ? { ...worker, counts: true } : worker));

/** Some were told to go. */
export const withLeaving = (brood: Brood, leaving: ReadonlySet<ProcessId>): Brood =>
  changed(brood, (id, worker) => (leaving.has(id) ? { ...worker, counts: false, isLeaving: true } : worker));

/** Every worker that was not told to go takes requests. */
export const isSettled = ({ workers }: Brood): boolean =>
  [...workers.values()].every(({ counts, isLeaving }) => counts || isLeaving);

function changed(brood: Brood, change: (process: ProcessId, worker: Worker) => Worker): Brood {
  return { ...brood, workers: new Map([...brood.workers].map(([id, worker]) => [id, change(id, worker)])) };
}

function freePlace(workers: Workers): number {
  const taken = new Set([...workers.values()].map(({ place }) => place));
  let place = 1;
  while (taken.has(place)) place++;
  return place;
}
