/** What the parent of processes may have started by now: the state of its machine, and which of its processes were seen. */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Deployment } from '../deployment.ts';
import { arbiterMachine } from '../machines/arbiter.ts';
import { masterMachine } from '../machines/master.ts';
import { processGroupMachine } from '../machines/process-group.ts';
import { groupPlans } from '../machines/process-terms.ts';
import { workerPoolMachine } from '../machines/worker-pool.ts';
import { arbiterPlan, masterlessPlan, masterPlan, plainPlan } from '../machines/worker-terms.ts';
import type { Mark, ServerSignal } from '../trace.ts';
import { assertNever, type ProcessId } from '../vocabulary.ts';
import { firstState, pureStep, type Stepped } from './pure-step.ts';

export interface Parent {
  readonly machine: AnyStateMachine;
  readonly state: AnyMachineSnapshot;
  /** Its processes that were seen, by the names it has for them. */
  readonly seen: ReadonlyMap<ProcessId, Mark>;
  /** What it does about a process that ended, and about its load, whenever it may. */
  readonly rounds: (state: AnyMachineSnapshot) => readonly AnyEventObject[];
  /** Whether one that lacks is certain to be started, and soon. */
  readonly isPrompt: boolean;
}

/** One of its processes, as the machine knows it. */
interface Member {
  readonly process: ProcessId;
  readonly place: number;
  readonly isLeaving: boolean;
  readonly isReady: boolean;
}

/** What it tells one of its processes that was seen. */
export interface Told {
  readonly mark: Mark;
  readonly event: AnyEventObject;
  /** It chose this one among several, and may as well have chosen another. */
  readonly isChosen: boolean;
}

/** The parent of the processes in a place when it has started them; null where it is not known which ones it may start. */
export function parentOf(deployment: Deployment, processGroup: string | null): Parent | null {
  switch (deployment.kind) {
    case 'apache': {
      const plan = groupPlans(deployment).find((one) => one.processGroup === processGroup);
      if (!plan) return null;
      return started(
        processGroupMachine,
        plan,
        plan.spareThreads === null ? () => [{ type: 'REPLACE' }] : ofChildren,
        false,
      );
    }
    case 'gunicorn':
      return started(arbiterMachine, { plan: arbiterPlan(deployment), family: 'worker' }, noRounds, true);
    case 'uwsgi': {
      // A machine of the master knows nothing of servers that begin without workers, or end them all when they idle.
      if (deployment.cheap || deployment.idle > 0) return null;
      if (!deployment.master) return started(workerPoolMachine, { plan: masterlessPlan(deployment) }, noRounds, false);
      const plan = masterPlan(deployment);
      const rounds: Parent['rounds'] = (state) => [
        { type: 'CALM' },
        { type: 'AWAKE' },
        ...(plan.cheaper ? [{ type: 'STOCK', busy: membersOf(state).length, idle: [] }] : []),
      ];
      return started(masterMachine, { plan }, rounds, deployment.cheaper === null);
    }
    case 'plain':
      return started(
        workerPoolMachine,
        { plan: plainPlan(deployment) },
        noRounds,
        deployment.promises.replacesProcesses,
      );
    default:
      return assertNever(deployment);
  }
}

/** Too few threads are idle, or too many, so that one child goes, whose place another one may share when a thread of it has ended. */
const ofChildren: Parent['rounds'] = (state) => [
  { type: 'REPLACE' },
  { type: 'STOCK', idleThreads: 0, partlyGone: leavingOf(state) },
  { type: 'STOCK', idleThreads: Number.MAX_SAFE_INTEGER, partlyGone: [] },
];

const leavingOf = (state: AnyMachineSnapshot): readonly ProcessId[] =>
  membersOf(state)
    .filter(({ isLeaving }) => isLeaving)
    .map(({ process }) => process);

const noRounds: Parent['rounds'] = () => [];

function started(machine: AnyStateMachine, input: unknown, rounds: Parent['rounds'], isPrompt: boolean): Parent {
  const parent = { machine, state: firstState(machine, input).next, seen: new Map(), rounds, isPrompt };
  return settle(parent).parent;
}

/** What a signal to the whole server is to the machine. */
export function serverEvents(
  deployment: Deployment,
  processGroup: string | null,
  signal: ServerSignal,
): AnyEventObject[] {
  if (deployment.kind !== 'apache') return [{ type: 'SIGNAL', signal }];
  const plan = groupPlans(deployment).find((one) => one.processGroup === processGroup);
  switch (signal) {
    case 'SIGUSR1':
    case 'SIGHUP':
      return [{ type: 'RESTART', graceful: signal === 'SIGUSR1', plan }];
    case 'SIGWINCH':
      return [{ type: processGroup === '' ? 'DRAIN' : 'STOP' }];
    default:
      return [{ type: 'STOP' }];
  }
}

/** After an event, and with it what the machine then tells processes that were seen. */
export function heard(
  parent: Parent,
  event: AnyEventObject,
): { readonly parent: Parent; readonly told: readonly Told[] } {
  const { next, effects } = pureStep(parent.machine, parent.state, event);
  const marks = new Map<string, Mark>(
    membersOf(parent.state).flatMap(({ process, place }) => {
      const mark = parent.seen.get(process);
      return mark === undefined ? [] : [[`place ${place}`, mark] as const];
    }),
  );
  const settled = settle({ ...parent, state: next });
  const told = [...effects, ...settled.effects].flatMap(({ type, params }): Told[] => {
    const sent = params as { readonly to?: { readonly id: string }; readonly event?: AnyEventObject } | undefined;
    const mark = type === 'xstate.sendTo' && sent?.to ? marks.get(sent.to.id) : undefined;
    return mark !== undefined && sent?.event ? [{ mark, event: sent.event, isChosen: false }] : [];
  });
  const staying = membersOf(parent.state).filter(({ process, isLeaving }) => !isLeaving && parent.seen.has(process));
  const isChosen = told.length < staying.length;
  return { parent: settled.parent, told: told.map((one) => ({ ...one, isChosen })) };
}

/** What is loaded is loaded, a group that is vacated is filled, and all that were started serve, as far as anybody knows. */
function settle(parent: Parent): { readonly parent: Parent; readonly effects: Stepped['effects'] } {
  const effects: Stepped['effects'][number][] = [];
  let { state } = parent;
  for (const type of ['LOADED', 'FILL']) {
    const after = pureStep(parent.machine, state, { type });
    effects.push(...after.effects);
    state = after.next;
  }
  for (const { process, isReady } of membersOf(state)) {
    if (isReady) continue;
    for (const type of ['PROCESS_READY', 'WORKER_READY']) {
      const ready = pureStep(parent.machine, state, { type, process });
      effects.push(...ready.effects);
      state = ready.next;
    }
  }
  return { parent: { ...parent, state }, effects };
}

/** After rounds of what it does by itself, as many as it takes to start a process that was not seen; null where it starts none. */
export function afterRounds(parent: Parent): { readonly parent: Parent; readonly told: readonly Told[] } | null {
  let after: { readonly parent: Parent; readonly told: readonly Told[] } = { parent: withoutHidden(parent), told: [] };
  if (unseen(after.parent) !== null) return after;
  for (let turn = 0; turn < mostRounds; turn++)
    for (const round of parent.rounds(after.parent.state)) {
      const next = heard(after.parent, round);
      after = { parent: next.parent, told: [...after.told, ...next.told] };
      if (unseen(after.parent) !== null) return after;
    }
  return null;
}

/** Of Apache's processes only those are known that ran a request: any other that was told to go may be gone. */
function withoutHidden(parent: Parent): Parent {
  if (parent.machine !== processGroupMachine) return parent;
  let without = parent;
  for (const { process, isLeaving, place } of membersOf(parent.state))
    if (isLeaving && !parent.seen.has(process)) without = heard(without, endOf(process, place)).parent;
  return without;
}

/** Rounds after which nothing new is decided: uWSGI starts a worker when all were busy for some. */
const mostRounds = 10;

/** A process that was started and not seen yet; null where there is none. */
export function unseen({ machine, state, seen }: Parent): ProcessId | null {
  const members = membersOf(state).filter(({ process }) => !seen.has(process));
  const leaving = machine === processGroupMachine ? undefined : members[0];
  return (members.find(({ isLeaving }) => !isLeaving) ?? leaving)?.process ?? null;
}

/** Whether it lacks a process that it has started, or would have. */
export const lacks = ({ state, seen }: Parent): boolean =>
  membersOf(state).some(({ process, isLeaving }) => !isLeaving && !seen.has(process));

export const withSeen = (parent: Parent, process: ProcessId, mark: Mark): Parent => ({
  ...parent,
  seen: new Map(parent.seen).set(process, mark),
});

export const knows = ({ seen }: Parent, mark: Mark): boolean => [...seen.values()].includes(mark);

/** One of its processes is gone. */
export function bereft(parent: Parent, mark: Mark): { readonly parent: Parent; readonly told: readonly Told[] } {
  const [process] = [...parent.seen].find(([, one]) => one === mark) ?? [];
  const member = membersOf(parent.state).find((one) => one.process === process);
  if (process === undefined || !member) return { parent, told: [] };
  const seen = new Map(parent.seen);
  seen.delete(process);
  const ended = heard(parent, endOf(process, member.place));
  return { parent: { ...ended.parent, seen }, told: ended.told };
}

function endOf(process: ProcessId, place: number): AnyEventObject {
  const output = {
    process,
    because: 'signal',
    exit: { kind: 'returned', code: 0 },
    wasReady: true,
    isProven: true,
    wasKilled: false,
  };
  return { type: `xstate.done.actor.place ${place}`, actorId: `place ${place}`, output };
}

export function membersOf({ context }: AnyMachineSnapshot): readonly Member[] {
  const members: ReadonlyMap<ProcessId, Omit<Member, 'process' | 'isReady'> & { readonly counts: boolean }> =
    context.members ?? context.brood.workers;
  return [...members].map(([process, { place, isLeaving, counts }]) => ({
    process,
    place,
    isLeaving,
    isReady: counts || isLeaving,
  }));
}
