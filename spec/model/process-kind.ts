/** What the model knows of one kind of process: the machine it lives by, and how the world that counts its requests answers it. */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Deployment, WorkerDeployment } from '../deployment.ts';
import type { ApacheDeployment } from '../deployments/apache.ts';
import { type GroupPlan, groupPlans } from '../machines/process-terms.ts';
import { serverProcessMachine } from '../machines/server-process.ts';
import { workerMachine } from '../machines/worker.ts';
import {
  arbiterPlan,
  masterlessPlan,
  masterPlan,
  plainPlan,
  type WorkerPlan,
  workerResponse,
} from '../machines/worker-terms.ts';
import type { Signal } from '../vocabulary.ts';
import { workersOf } from '../workers.ts';
import { firstState, pureStep } from './pure-step.ts';

export interface ProcessKind {
  /** The machine, where the world says that a request is in progress, and where it says that none is. */
  readonly busy: AnyStateMachine;
  readonly idle: AnyStateMachine;
  /** The state of a process that is there and has not said yet that it serves. */
  readonly first: AnyMachineSnapshot;
  /** Requests it runs at once. */
  readonly threads: number;
  /** Requests after which it is spent: the least and the most; null is never, or not to be counted from outside. */
  readonly allowance: { readonly least: number; readonly most: number } | null;
  readonly countsOn: 'acceptance' | 'completion';
  /** Whether a request may still get in that was sent before the process stopped to accept: it waits inside already. */
  readonly hasQueueInside: boolean;
  /** Whether the process accepts in this state. */
  readonly accepts: (state: AnyMachineSnapshot) => boolean;
  /** What a signal to the process is to its machine; null is an end without a word, empty is nothing. */
  readonly signalled: (signal: Signal) => readonly AnyEventObject[] | null;
  /** What may happen to it that nobody sees from outside. */
  readonly hidden: readonly AnyEventObject[];
  /** Whether it may be ended by somebody without any sign, at any time. */
  readonly isMortal: boolean;
}

/** The kind of the processes of Apache in a place: a process group, or the children. Null where there are none. */
export function apacheKind(deployment: ApacheDeployment, processGroup: string): ProcessKind | null {
  const plan = groupPlans(deployment).find((one) => one.processGroup === processGroup);
  if (!plan) return null;
  const { terms } = plan;
  const isChild = terms.kind === 'child';
  const machines = variantsOf(serverProcessMachine);
  const group = deployment.daemons.find(({ name }) => name === processGroup);
  return {
    ...machines,
    first: firstServerProcess(machines.idle, plan),
    threads: terms.threads,
    // Connections of others count for a child as well, and several threads count late: see `hidden`.
    allowance: isChild || terms.allowance === 0 ? null : { least: terms.allowance, most: terms.allowance },
    countsOn: 'completion',
    hasQueueInside: isChild,
    accepts: (state) => state.matches({ serving: 'accepting' }) || (!isChild && state.matches('draining')),
    signalled: (signal) => (signal === 'SIGKILL' || !heeded.has(signal) ? null : [{ type: 'SIGNAL', signal }]),
    hidden: [
      ...(isChild ? [{ type: 'RETIRE', because: 'surplus' }] : []),
      ...(isChild && terms.allowance > 0 ? [{ type: 'SPENT' }] : []),
      ...duesOf(plan).map((type) => ({ type })),
      ...(group && group.cpuTimeLimit > 0 ? [{ type: 'SIGNAL', signal: 'SIGXCPU' }] : []),
    ],
    isMortal: group !== undefined && group.cpuTimeLimit > 0,
  };
}

/** Signals that a machine of a server process knows; of any other it dies, or does not care. */
const heeded: ReadonlySet<Signal> = new Set<Signal>(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGXCPU']);

function duesOf({ terms: { watch } }: GroupPlan): readonly string[] {
  if (!watch) return [];
  return [
    ...(watch.inactivityTimeout > 0 ? ['INACTIVE'] : []),
    ...(watch.requestLimit > 0 ? ['REQUEST_TIMED_OUT'] : []),
    ...(watch.startupTimeout > 0 ? ['STARTUP_TIMED_OUT'] : []),
    ...(watch.deadlockTimeout > 0 ? ['DEADLOCKED'] : []),
  ];
}

/** The kind of the workers of any other server. */
export function workerKind(deployment: WorkerDeployment): ProcessKind {
  const plan = workerPlan(deployment);
  const { terms } = plan;
  const machines = variantsOf(workerMachine);
  const { threads } = workersOf(deployment);
  const jitter = terms.jitter + mostDelta(deployment) + (seesItsLimitLate(deployment) ? 1 : 0);
  const isGevent = terms.inattention > 0;
  const mayShrink =
    deployment.kind === 'uwsgi' &&
    (deployment.cheaper !== null ||
      deployment.idle > 0 ||
      deployment.cheap ||
      deployment.reloadOnAs > 0 ||
      deployment.reloadOnRss > 0);
  return {
    ...machines,
    first: firstWorker(machines.idle, plan),
    threads,
    allowance: terms.allowance === 0 ? null : { least: terms.allowance, most: terms.allowance + jitter },
    countsOn: terms.countsOn,
    hasQueueInside: threads > 1,
    accepts: (state) => state.matches({ serving: 'accepting' }) || (isGevent && state.matches('finishing')),
    signalled: (signal) => eventsOfResponse(workerResponse(deployment, signal)),
    hidden: [
      ...(mayShrink ? [{ type: 'FINISH', because: 'surplus' }] : []),
      ...(terms.watch ? [{ type: 'OVERDUE', because: terms.watch.because }] : []),
    ],
    isMortal:
      deployment.kind === 'uwsgi' &&
      (deployment.evilReloadOnAs > 0 || deployment.evilReloadOnRss > 0 || deployment.harakiri > 0),
  };
}

export function workerPlan(deployment: WorkerDeployment): WorkerPlan {
  switch (deployment.kind) {
    case 'gunicorn':
      return arbiterPlan(deployment);
    case 'uwsgi':
      return deployment.master ? masterPlan(deployment) : masterlessPlan(deployment);
    case 'plain':
      return plainPlan(deployment);
  }
}

/** What the last worker has on top of the first one's allowance. */
const mostDelta = (deployment: Deployment): number =>
  deployment.kind === 'uwsgi' ? deployment.maxRequestsDelta * Math.max(0, deployment.processes - 1) : 0;

/** In 20.1 the main loop looks at its limit only after it has accepted once more. Source: gunicorn 20.1, gthread.py, run. */
const seesItsLimitLate = (deployment: Deployment): boolean =>
  deployment.kind === 'gunicorn' && deployment.workerClass === 'gthread' && deployment.release === '20.1';

function eventsOfResponse(response: ReturnType<typeof workerResponse>): readonly AnyEventObject[] | null {
  switch (response) {
    case 'finish':
      return [{ type: 'FINISH', because: 'signal' }];
    case 'quit':
      return [{ type: 'QUIT', because: 'signal' }];
    case 'abort':
      return [{ type: 'OVERDUE', because: 'signal' }];
    case 'ignore':
      return [];
    case 'die':
      return null;
  }
}

function variantsOf(machine: typeof serverProcessMachine | typeof workerMachine): {
  readonly busy: AnyStateMachine;
  readonly idle: AnyStateMachine;
} {
  const known = variants.get(machine);
  if (known) return known;
  const made = {
    busy: (machine as typeof workerMachine).provide({ guards: { isIdle: () => false } }),
    idle: (machine as typeof workerMachine).provide({ guards: { isIdle: () => true } }),
  };
  variants.set(machine, made);
  return made;
}
const variants = new WeakMap<object, { readonly busy: AnyStateMachine; readonly idle: AnyStateMachine }>();

const firstServerProcess = (machine: AnyStateMachine, { processGroup, terms }: GroupPlan): AnyMachineSnapshot =>
  started(machine, { process: '', processGroup, terms });

const firstWorker = (machine: AnyStateMachine, { terms }: WorkerPlan): AnyMachineSnapshot =>
  started(machine, { process: '', processGroup: '', terms });

const started = (machine: AnyStateMachine, input: unknown): AnyMachineSnapshot =>
  pureStep(machine, firstState(machine, input).next, { type: 'SPAWNED', pid: 0 }).next;
