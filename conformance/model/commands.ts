/**
 * Commands for fast-check: what a client or an operator may do next to a running server. Before each one the model says
 * whether it is possible now, and after each one the machines must be able to have done all that was seen.
 */
import fc from 'fast-check';
import type { Deployment } from '../../spec/deployment.ts';
import { type Acceptance, accept } from '../../spec/model/acceptor.ts';
import type { Step } from '../../spec/scenario.ts';
import type { RequestId, Signal } from '../../spec/vocabulary.ts';
import { Asking } from '../../src/probe/situations.ts';
import { type Ground, type Grounds, groundsOf } from '../arbitraries/schedules.ts';
import type { Session } from './session.ts';

/** What the model knows between two commands. */
export class Model {
  readonly deployment: Deployment;
  readonly grounds: Grounds;
  readonly asking = new Asking();
  /** Requests that are held inside, and those that may wait beside them, by the script that runs them. */
  readonly held = new Map<string, RequestId[]>();
  /** Requests that were answered, the last one for each script: their processes can be signalled. */
  readonly answered = new Map<string, RequestId>();

  constructor(deployment: Deployment, grounds: Grounds) {
    this.deployment = deployment;
    this.grounds = grounds;
  }

  /** How many requests are held anywhere: what one place holds may keep the threads of another one busy. */
  get heldInAll(): number {
    return [...this.held.values()].flat().length;
  }

  ground(index: number): Ground {
    const { places } = this.grounds;
    return places[index % places.length] ?? places[0];
  }
}

/** What was seen that the machines cannot do. */
export class Impossible extends Error {
  readonly acceptance: Extract<Acceptance, { readonly kind: 'refused' }>;
  readonly steps: readonly Step[];

  constructor(acceptance: Extract<Acceptance, { readonly kind: 'refused' }>, steps: readonly Step[]) {
    super(acceptance.says);
    this.acceptance = acceptance;
    this.steps = [...steps];
  }
}

type Command = fc.AsyncCommand<Model, Session>;

/** Does something; what is possible is asked of the model first, and what was seen, of the machines. */
const command = (
  name: string,
  isPossible: (model: Model) => boolean,
  stepsOf: (model: Model) => readonly Step[],
): Command => ({
  check: isPossible,
  run: async (model, session) => {
    for (const step of stepsOf(model)) await session.take(step);
    const acceptance = accept(model.deployment, session.trace);
    if (acceptance.kind === 'refused') throw new Impossible(acceptance, session.steps);
  },
  toString: () => name,
});

/** A thread is certain to be free, so that whoever comes is answered. */
const hasRoom = (model: Model, { room }: Ground): boolean => room.spare > 0 && model.heldInAll < room.spare;

const request = (where: number): Command =>
  command(
    'Request',
    (model) => model.heldInAll === 0 || hasRoom(model, model.ground(where)),
    (model) => {
      const { to, script } = model.ground(where);
      const step = model.asking.request(to);
      model.answered.set(script, step.request);
      return [step];
    },
  );

const hold = (where: number): Command =>
  command(
    'Hold',
    (model) => model.heldInAll < Math.min(model.ground(where).room.sure, mostHeld),
    (model) => {
      const { to, script } = model.ground(where);
      const step = model.asking.hold(to);
      model.held.set(script, [...(model.held.get(script) ?? []), step.request]);
      return [step];
    },
  );

/** Holds that are taken one by one; `Fill` takes them together. */
const mostHeld = 8;

const fill = (where: number, beyond: number): Command =>
  command(
    'Fill',
    (model) => model.heldInAll === 0,
    (model) => {
      const { to, room } = model.ground(where);
      const steps = Array.from({ length: room.holdable + beyond }, (_, index) =>
        index < room.sure ? model.asking.hold(to) : model.asking.crowd(to),
      );
      return [...steps, { do: 'release', requests: steps.map((step) => step.request) }];
    },
  );

const release = (isReversed: boolean): Command =>
  command(
    'Release',
    (model) => model.heldInAll > 0,
    (model) => {
      const requests = [...model.held.values()].flat();
      model.held.clear();
      return (isReversed ? requests.toReversed() : requests).map((one) => ({ do: 'release', requests: [one] }));
    },
  );

const touch = (where: number): Command =>
  command(
    'Touch',
    () => true,
    (model) => [{ do: 'act', act: { kind: 'touch', script: model.ground(where).script } }],
  );

/** The process of the last answer is told to end, or killed, and its successor awaited; whoever is held is let go first. */
const signal = (name: string, where: number, choose: (ends: readonly Signal[]) => Signal | undefined): Command =>
  command(
    name,
    (model) =>
      model.heldInAll === 0 &&
      model.answered.has(model.ground(where).script) &&
      choose(model.ground(where).ends) !== undefined,
    (model) => {
      const { ends, script } = model.ground(where);
      const [by, processOf] = [choose(ends), model.answered.get(script)];
      if (by === undefined || processOf === undefined) return [];
      model.answered.clear();
      return [
        { do: 'act', act: { kind: 'signal', signal: by, processOf } },
        { do: 'await-replacement', processOf },
      ];
    },
  );

/** A request ends its own process from inside. */
const exit = (where: number): Command =>
  command(
    'Exit',
    (model) => model.heldInAll === 0 && model.ground(where).ends.length > 0,
    (model) => {
      const step = model.asking.request(model.ground(where).to, { kind: 'exit', code: 1 });
      model.answered.clear();
      return [step, { do: 'await-replacement', processOf: step.request }];
    },
  );

const restart = (by: number): Command =>
  command(
    'Restart',
    (model) => model.grounds.restarts.length > 0 && model.heldInAll === 0,
    (model) => {
      const { restarts } = model.grounds;
      const chosen = restarts[by % restarts.length];
      model.answered.clear();
      return chosen === undefined ? [] : [{ do: 'act', act: { kind: 'server-signal', signal: chosen } }];
    },
  );

const anyWhere = fc.nat(11);

/** Rows of commands, as long as one history of a check has cases. */
export const anyCommands = (most = 20): fc.Arbitrary<Iterable<Command>> =>
  fc.commands(
    [
      anyWhere.map(request),
      anyWhere.map(hold),
      fc.tuple(anyWhere, fc.integer({ min: 1, max: 2 })).map(([where, beyond]) => fill(where, beyond)),
      fc.boolean().map(release),
      anyWhere.map(touch),
      anyWhere.map((where) => signal('SignalProcess', where, (ends) => ends.find((one) => one !== 'SIGKILL'))),
      anyWhere.map((where) => signal('Kill', where, (ends) => ends.find((one) => one === 'SIGKILL'))),
      anyWhere.map(exit),
      fc.nat(3).map(restart),
    ],
    { maxCommands: most },
  );

export interface ModelRunOptions {
  readonly seed: number;
  readonly runs: number;
  /** Commands in a row at most. */
  readonly most?: number;
  /** How long making a finding short may take, in ms. */
  readonly shrinkTime?: number;
}

/** What came of it: null where the machines could have done all of it. */
export interface ModelFinding {
  readonly says: string;
  /** The shortest schedule that was found, as a scenario has it. */
  readonly steps: readonly Step[];
}

/**
 * Drives a server and the model together. What fails is made short by fast-check: fewer commands, and simpler ones.
 * @param start - A fresh server for each row of commands.
 */
export async function modelRun(
  deployment: Deployment,
  start: () => Session,
  { seed, runs, most = 20, shrinkTime = 60_000 }: ModelRunOptions,
): Promise<ModelFinding | null> {
  const grounds = groundsOf(deployment);
  if (grounds === null) return null;
  let shortest: Impossible | null = null;
  let giveUpAt = Number.POSITIVE_INFINITY;
  const end = (): void => {
    giveUpAt = Math.min(giveUpAt, performance.now() + shrinkTime);
  };
  const property = fc.asyncProperty(anyCommands(most), async (commands) => {
    // What is left of the time decides how short it gets, not whether it was found.
    if (performance.now() > giveUpAt) return;
    const session = start();
    try {
      await fc.asyncModelRun(() => ({ model: new Model(deployment, grounds), real: session }), commands);
      const acceptance = accept(deployment, await session.end());
      if (acceptance.kind === 'refused') throw new Impossible(acceptance, session.steps);
    } catch (error) {
      await session.end().catch(() => {});
      if (error instanceof Impossible) shortest = error;
      end();
      throw error;
    }
  });
  const details = await fc.check(property, { seed, numRuns: runs });
  if (!details.failed) return null;
  const found = shortest as Impossible | null;
  if (found === null) throw details.errorInstance ?? new Error('the server broke');
  return { says: found.message, steps: found.steps };
}
