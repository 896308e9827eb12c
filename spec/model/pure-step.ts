/** Takes one step of a machine without running it: no timer starts, no effect is performed, and what it asked for is told. */
import {
  type AnyActor,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createEmptyActor,
  type ExecutableActionObject,
} from 'xstate';

export interface Stepped {
  readonly next: AnyMachineSnapshot;
  /** What it asked of its world, its parent and its children, in order. */
  readonly effects: readonly ExecutableActionObject[];
}

/** As XState's `transition`, for a machine that has a parent to report to. */
export function pureStep(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: AnyEventObject): Stepped {
  const effects: ExecutableActionObject[] = [];
  const next = machine.transition(snapshot, event, scopeFor(machine, snapshot, effects));
  return { next, effects };
}

/** The state of a machine before its first event. */
export function firstState(machine: AnyStateMachine, input: unknown): Stepped {
  const effects: ExecutableActionObject[] = [];
  const next = machine.getInitialSnapshot(scopeFor(machine, input, effects), input);
  return { next, effects };
}

/** The same state, with the guards and delays of another variant of the same machine. */
export const asStateOf = (machine: AnyStateMachine, { value, context, children }: AnyMachineSnapshot) => {
  const state = machine.resolveState({ value, context });
  return Object.assign(state, { children });
};

type Scope = Parameters<AnyStateMachine['transition']>[2];

/** Actors that nobody starts: a machine only has to know that they are there. One for each machine, as making one is dear. */
const selves = new WeakMap<AnyStateMachine, AnyActor>();
const parent = createEmptyActor();

function scopeFor(machine: AnyStateMachine, input: unknown, effects: ExecutableActionObject[]): Scope {
  const self = selves.get(machine) ?? createActor(machine, { input: contextOf(input), parent });
  selves.set(machine, self);
  return {
    self,
    id: self.id,
    sessionId: self.sessionId,
    logger: () => {},
    defer: () => {},
    emit: () => {},
    system: self.system,
    stopChild: () => {},
    actionExecutor: (effect) => {
      effects.push(effect);
    },
  };
}

/** A context holds all of the input that it was made from. */
const contextOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'context' in value ? value.context : value;
