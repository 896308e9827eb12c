/**
 * Schedules: what clients and operators may do to a running server, in any order. A schedule is made for a deployment, and
 * every one leaves the server serving. It shrinks to fewer and simpler moves.
 */
import fc from 'fast-check';
import { applicationsOf, type Deployment, type WorkerDeployment } from '../../spec/deployment.ts';
import { type ApacheDeployment, processCount } from '../../spec/deployments/apache.ts';
import { mountsOf } from '../../spec/routing/mounts.ts';
import type { Step } from '../../spec/scenario.ts';
import type { Address, ServerSignal } from '../../spec/trace.ts';
import type { Signal } from '../../spec/vocabulary.ts';
import { workersOf } from '../../spec/workers.ts';
import { type Room, roomOf } from '../../src/probe/room.ts';
import type { Asking, Sending } from '../../src/probe/situations.ts';
import { keepsConnections } from '../../src/probe/worker-crowds.ts';
import { roomOfWorkers } from '../../src/probe/worker-room.ts';

/** A place where an application answers, and what may be done to those who run it. */
export interface Ground {
  readonly to: Address;
  readonly script: string;
  readonly room: Room;
  /** Signals that end a process which is then replaced; none where nobody replaces it, or only in a while. */
  readonly ends: readonly Signal[];
  readonly keepsConnections: boolean;
}

export interface Grounds {
  readonly places: readonly [Ground, ...Ground[]];
  /** Signals to the server after which it serves on, with other processes. */
  readonly restarts: readonly ServerSignal[];
}

/** One thing that is done. Numbers choose among what there is, so that a move means something on any ground. */
type Move =
  /** Requests one after the other, wherever. */
  | { readonly kind: 'ask'; readonly where: readonly number[] }
  /** Requests are held, others are answered beside them, and the held ones leave in some order. */
  | {
      readonly kind: 'meet';
      readonly where: number;
      readonly held: number;
      readonly beside: number;
      readonly order: Order;
    }
  /** Every thread is filled, and more come than there is room for. */
  | { readonly kind: 'fill'; readonly where: number; readonly beyond: number; readonly order: Order }
  /** Requests by one connection that is kept. */
  | { readonly kind: 'keep'; readonly where: number; readonly count: number }
  /** The script's file gets a newer time. */
  | { readonly kind: 'touch'; readonly where: number; readonly after: number }
  /** A process is ended: by a signal, or by its own application. */
  | { readonly kind: 'end'; readonly where: number; readonly by: number; readonly held: boolean }
  /** The whole server takes its configuration and code again. */
  | { readonly kind: 'restart'; readonly by: number; readonly after: number };

type Order = 'as they came' | 'the other way round' | 'together';

/** What one schedule may cost: moves, and how many of them take the time of a process's or a server's start. */
const mostMoves = 3;

/**
 * The cases of one history, each under a name.
 * @param asking - Numbers the requests of the history; the cases must then be taken in this order.
 */
export const anySchedule = (
  deployment: Deployment,
): fc.Arbitrary<(asking: Asking) => { name: string; steps: Step[] }> => {
  const grounds = groundsOf(deployment);
  if (grounds === null) return fc.constant(() => ({ name: 'nothing answers', steps: [] }));
  return fc.array(anyMove(grounds), { minLength: 1, maxLength: mostMoves }).map((moves) => (asking) => {
    const done = moves.map((move) => doneOn(grounds, move, asking));
    return { name: done.map(({ name }) => name).join('; then '), steps: done.flatMap(({ steps }) => steps) };
  });
};

const anyOrder = fc.constantFrom<Order>('as they came', 'the other way round', 'together');
const anyWhere = fc.nat(11);

function anyMove({ places, restarts }: Grounds): fc.Arbitrary<Move> {
  const canEnd = places.some(({ ends }) => ends.length > 0);
  const canMeet = places.some(({ room }) => room.spare > 0);
  return fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('ask'), where: fc.array(anyWhere, { minLength: 1, maxLength: 6 }) }),
    },
    {
      weight: canMeet ? 10 : 0,
      arbitrary: fc.record({
        kind: fc.constant('meet'),
        where: anyWhere,
        held: fc.integer({ min: 1, max: 4 }),
        beside: fc.integer({ min: 0, max: 4 }),
        order: anyOrder,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('fill'),
        where: anyWhere,
        beyond: fc.integer({ min: 1, max: 2 }),
        order: anyOrder,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('keep'), where: anyWhere, count: fc.integer({ min: 2, max: 4 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('touch'), where: anyWhere, after: fc.integer({ min: 1, max: 4 }) }),
    },
    {
      weight: canEnd ? 2 : 0,
      arbitrary: fc.record({ kind: fc.constant('end'), where: anyWhere, by: fc.nat(11), held: fc.boolean() }),
    },
    {
      weight: restarts.length > 0 ? 1 : 0,
      arbitrary: fc.record({ kind: fc.constant('restart'), by: fc.nat(11), after: fc.integer({ min: 1, max: 3 }) }),
    },
  ) as fc.Arbitrary<Move>;
}

function doneOn(
  grounds: Grounds,
  move: Move,
  asking: Asking,
): { readonly name: string; readonly steps: readonly Step[] } {
  const { places, restarts } = grounds;
  switch (move.kind) {
    case 'ask':
      return {
        name: counted(move.where.length, 'request'),
        steps: move.where.map((where) => asking.request(pick(places, where).to)),
      };
    case 'meet': {
      const { to, room } = pick(places.some((place) => place.room.spare > 0) ? roomy(places) : places, move.where);
      const held = times(Math.min(move.held, room.spare), () => asking.hold(to));
      const beside = times(move.beside, () => asking.request(to));
      return {
        name: `${held.length} held, ${move.beside} beside them`,
        steps: [...held, ...beside, ...released(held, move.order)],
      };
    }
    case 'fill': {
      const { to, room } = pick(places, move.where);
      const held = times(room.holdable, (index) => (index < room.sure ? asking.hold(to) : asking.crowd(to)));
      const beyond = times(move.beyond, () => asking.crowd(to));
      return {
        name: `all ${room.holdable} threads filled, ${move.beyond} beyond`,
        steps: [...held, ...beyond, ...released([...held, ...beyond], move.order)],
      };
    }
    case 'keep': {
      const { to, keepsConnections } = pick(places, move.where);
      const steps = times(move.count, () => asking.request(to));
      if (!keepsConnections) return { name: counted(move.count, 'request'), steps };
      const connection = `connection of ${steps[0]?.request}`;
      return {
        name: `${counted(move.count, 'request')} by one connection`,
        steps: steps.map((step) => ({ ...step, connection }) as Step),
      };
    }
    case 'touch': {
      const { to, script } = pick(places, move.where);
      return {
        name: `the script touched, ${counted(move.after, 'request')}`,
        steps: [
          asking.request(to),
          { do: 'act', act: { kind: 'touch', script } },
          ...times(move.after, () => asking.request(to)),
        ],
      };
    }
    case 'end':
      return ended(pick(endable(places), move.where), move, asking);
    case 'restart': {
      const signal = pick(restarts, move.by);
      return {
        name: `${signal} to the server, ${counted(move.after, 'request')}`,
        steps: [
          asking.request(places[0].to),
          { do: 'act', act: { kind: 'server-signal', signal } },
          ...times(move.after, (index) => asking.request(pick(places, index).to)),
        ],
      };
    }
  }
}

/** A process ends, with another request inside it or elsewhere where there is room, and serves again. */
function ended(ground: Ground, { by, held }: Extract<Move, { kind: 'end' }>, asking: Asking) {
  const { to, ends, room } = ground;
  const inside = held && room.spare > 0 ? [asking.hold(to)] : [];
  const kind = by % (ends.length + 1);
  const signal = ends[kind];
  const victim = signal === undefined ? asking.request(to, { kind: 'exit', code: 1 }) : asking.request(to);
  const signalled: readonly Step[] =
    signal === undefined ? [] : [{ do: 'act', act: { kind: 'signal', signal, processOf: victim.request } }];
  return {
    name: `${signal ?? 'exit'} of a process${inside.length > 0 ? ' while a request is held' : ''}`,
    steps: [
      ...inside,
      victim,
      ...signalled,
      // Whoever waits for its last request to leave must not wait for ever.
      ...released(inside, 'together'),
      { do: 'await-replacement', processOf: victim.request } as const,
      asking.request(to),
    ],
  };
}

/** One by one only those who are certainly inside: who waits outside may need the place of one that is still held. */
function released(held: readonly Sending[], order: Order): readonly Step[] {
  const requests = held.map(({ request }) => request);
  if (requests.length === 0) return [];
  if (order === 'together' || held.some((step) => step.do === 'crowd')) return [{ do: 'release', requests }];
  const row = order === 'as they came' ? requests : requests.toReversed();
  return row.map((request) => ({ do: 'release', requests: [request] }));
}

/** Null where no address is certain to reach an application. */
export const groundsOf = (deployment: Deployment): Grounds | null =>
  deployment.kind === 'apache' ? groundsOfApache(deployment) : groundsOfWorkers(deployment);

function groundsOfApache(deployment: ApacheDeployment): Grounds | null {
  const [first, ...more] = mountsOf(deployment).flatMap(({ address, route }): readonly Ground[] => {
    if (address === null || route?.kind !== 'application') return [];
    const { script, processGroup } = route.mount;
    const group = deployment.daemons.find(({ name }) => name === processGroup);
    if (group?.threads === 0) return [];
    // A child that ended is followed when maintenance next looks; a daemon process at once.
    const canEnd = group !== undefined && group.maximumRequests === 0 && processCount(group) <= 2;
    return [
      {
        to: address,
        script,
        room: roomOf(deployment, processGroup),
        ends: canEnd ? ['SIGTERM', 'SIGKILL', 'SIGUSR1'] : [],
        keepsConnections: true,
      },
    ];
  });
  return first ? { places: [first, ...more], restarts: ['SIGUSR1', 'SIGHUP'] } : null;
}

function groundsOfWorkers(deployment: WorkerDeployment): Grounds | null {
  const port = deployment.listens[0]?.port;
  if (port === undefined) return null;
  const room = roomOfWorkers(deployment);
  const { areReplaced } = workersOf(deployment);
  const [first, ...more] = applicationsOf(deployment).map(
    ({ url, script }): Ground => ({
      to: { host: 'localhost', port, path: url === '' ? '/' : url },
      script,
      room,
      ends: areReplaced ? ['SIGTERM', 'SIGKILL'] : [],
      keepsConnections: keepsConnections(deployment),
    }),
  );
  return first ? { places: [first, ...more], restarts: restartsOf(deployment) } : null;
}

function restartsOf(deployment: WorkerDeployment): readonly ServerSignal[] {
  switch (deployment.kind) {
    case 'gunicorn':
      return ['SIGHUP'];
    case 'uwsgi':
      return deployment.master ? ['SIGHUP'] : [];
    case 'plain':
      return deployment.promises.reloadsOn === null ? [] : [deployment.promises.reloadsOn];
  }
}

const pick = <T>(values: readonly [T, ...T[]] | readonly T[], index: number): T => {
  const chosen = values[index % values.length];
  if (chosen === undefined) throw new RangeError('pick: need at least one value');
  return chosen;
};
const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const roomy = (places: readonly Ground[]): readonly Ground[] => places.filter(({ room }) => room.spare > 0);
const endable = (places: readonly Ground[]): readonly Ground[] => places.filter(({ ends }) => ends.length > 0);
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
