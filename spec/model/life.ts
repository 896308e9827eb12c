/**
 * What one process may be doing, as far as anybody outside can tell: a set of possible states, each a state of its machine
 * with the requests that are in it. What nobody sees may happen at any moment; what is seen leaves only the states that show it.
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { RequestId } from '../vocabulary.ts';
import type { ProcessKind } from './process-kind.ts';
import { asStateOf, pureStep } from './pure-step.ts';

/** One possible state of a process. */
export interface Local {
  readonly state: AnyMachineSnapshot;
  /** What became of the requests that it took; those of which there is nothing more to know are left out. */
  readonly requests: ReadonlyMap<RequestId, 'inside' | 'left' | 'lost'>;
  /** Requests that count for its allowance. */
  readonly counted: number;
  readonly isSpent: boolean;
  /** Instructions that have reached it, by their number. */
  readonly heard: ReadonlySet<number>;
  /** Up to this event it accepted; infinite while it does. */
  readonly closedAt: number;
}

/** Something that its parent, or a signal, tells a process. */
export interface Instruction {
  readonly number: number;
  /** What it is to the machine; null is an end without a word. */
  readonly events: readonly AnyEventObject[] | null;
  /** A request that is sent after this event finds it heard; infinite where that is not certain. */
  readonly due: number;
  /** The same, by time, in ms. */
  readonly dueAt: number;
  /** It lets the process finish: once a process serves that began after this event, it was heard. Null where that tells nothing. */
  readonly gracefulSince: number | null;
}

/** A request as the process may meet it. */
export interface Caller {
  readonly request: RequestId;
  /** The events by which it was sent, was seen inside, may have left the application, and had its outcome; infinite where that is to come. */
  readonly sent: number;
  readonly sentAt: number;
  readonly seen: number;
  readonly mayLeave: number;
  readonly over: number;
  /** It was answered by the application: it cannot have been lost. */
  readonly isAnswered: boolean;
  /** It was not seen in any process, and may or may not have been in this one. */
  readonly isUnplaced: boolean;
  /** It ends its process from inside: by its exit, or by something that the machine hears. */
  readonly ends: { readonly events: readonly AnyEventObject[] | null } | null;
}

/** What the moment allows. */
export interface Moment {
  readonly seq: number;
  /** In ms. */
  readonly at: number;
  readonly callers: readonly Caller[];
  readonly instructions: readonly Instruction[];
  /** More that nobody sees, such as that a changed script is found. */
  readonly hidden: readonly AnyEventObject[];
  /** The process may end without a word, as its script makes it. */
  readonly isDoomed: boolean;
}

const events = {
  ready: { type: 'READY' },
  idle: { type: 'IDLE' },
  spent: { type: 'SPENT' },
  gone: { type: 'GONE', exit: { kind: 'returned', code: 0 } },
} as const;

/** More possible states of one process than this are not followed: the trace is then not judged. */
export const mostLocals = 3000;

/** There are too many possibilities to follow. */
export class TooMany extends Error {}

export const newborn = (kind: ProcessKind): readonly Local[] => [
  {
    state: kind.first,
    requests: new Map(),
    counted: 0,
    isSpent: false,
    heard: new Set(),
    closedAt: Number.POSITIVE_INFINITY,
  },
];

export const isGone = ({ state }: Local): boolean => state.value === 'exited';

/** It runs nothing and takes nothing any more: it is gone, or goes by itself. */
export const isLeaving = (local: Local): boolean => isGone(local) || (insideOf(local) === 0 && isEnding(local));

/** It takes nothing any more, and goes at any moment. */
const isEnding = ({ state: { value } }: Local): boolean =>
  ends.has(typeof value === 'string' ? value : Object.keys(value)[0]);
const ends: ReadonlySet<string | undefined> = new Set(['stopping', 'leaving', 'killed', 'overdue']);

/**
 * Everything that the process may have come to by now without anybody having seen it.
 * @throws TooMany beyond {@link mostLocals}.
 */
export function closure(kind: ProcessKind, locals: readonly Local[], moment: Moment): readonly Local[] {
  const found = new Map<string, Local>();
  const open: Local[] = [];
  const add = (local: Local): void => {
    const key = keyOf(local);
    const known = found.get(key);
    if (known && known.closedAt >= local.closedAt) return;
    if (found.size >= mostLocals) throw new TooMany(`more than ${mostLocals} states of one process are possible`);
    found.set(key, local);
    open.push(local);
  };
  for (const local of locals) add(local);
  for (let local = open.pop(); local; local = open.pop())
    if (!isGone(local)) for (const next of movesOf(kind, local, moment)) add(next);
  return [...found.values()];
}

function* movesOf(kind: ProcessKind, local: Local, moment: Moment): Iterable<Local> {
  const inside = insideOf(local);
  if (local.state.value === 'starting') yield* after(kind, local, events.ready, moment.seq);
  for (const caller of nextIn(local, moment))
    if (canAccept(kind, local, caller, moment)) yield* accepted(kind, local, caller, moment);
  const next = nextOut(local, moment);
  if (next) yield* left(kind, local, next, moment);
  for (const caller of moment.callers) {
    if (caller.ends === null || local.requests.get(caller.request) !== 'inside') continue;
    if (caller.ends.events === null) yield gone(kind, local);
    else yield* afterAll(kind, local, caller.ends.events, moment.seq);
  }
  for (const instruction of moment.instructions) {
    if (local.heard.has(instruction.number)) continue;
    const heard = { ...local, heard: new Set(local.heard).add(instruction.number) };
    const at = Math.min(moment.seq, instruction.due + 1);
    if (instruction.events === null) yield gone(kind, heard);
    else yield* afterAll(kind, heard, instruction.events, at);
  }
  for (const event of [...kind.hidden, ...moment.hidden, ...timersOf(local.state, moment.at)])
    yield* after(kind, local, event, moment.seq);
  // A thread may be slow to count, so that a process of several is busy with what its clients have already.
  if (inside === 0 && kind.threads > 1) yield* stepped(kind, local, events.idle, moment.seq, kind.idle);
  if (isEnding(local) || moment.isDoomed || kind.isMortal) yield gone(kind, local);
}

/**
 * The requests that may be the next to get in. Who was seen inside first may as well have got in first, unless only the other
 * one was sent in time: any other order can be exchanged for this one.
 */
const nextIn = ({ requests }: Local, { callers, seq }: Moment): readonly Caller[] => {
  const waiting = callers.filter(({ request, sent }) => sent < seq && !requests.has(request));
  return waiting.filter(
    (one) =>
      one.isUnplaced || !waiting.some((other) => !other.isUnplaced && other.seen < one.seen && other.sent <= one.sent),
  );
};

/** The request that may be the next to leave. Who has its outcome first may as well have left first. */
function nextOut({ requests }: Local, { callers, seq }: Moment): Caller | null {
  let next: Caller | null = null;
  for (const caller of callers)
    if (
      requests.get(caller.request) === 'inside' &&
      caller.mayLeave <= seq &&
      (next === null || caller.over < next.over)
    )
      next = caller;
  return next;
}

const insideOf = ({ requests }: Local): number => {
  let count = 0;
  for (const status of requests.values()) if (status === 'inside') count++;
  return count;
};

function canAccept(kind: ProcessKind, local: Local, caller: Caller, { seq, instructions }: Moment): boolean {
  if (caller.sent >= seq || insideOf(local) >= kind.threads) return false;
  if (caller.isUnplaced && caller.over <= seq - 1) return false;
  const waits = kind.hasQueueInside && caller.sent < local.closedAt && !isGone(local);
  if (!kind.accepts(local.state) && !waits) return false;
  return instructions.every(
    ({ number, due, dueAt }) => local.heard.has(number) || (caller.sent <= due && caller.sentAt <= dueAt),
  );
}

function* accepted(kind: ProcessKind, local: Local, caller: Caller, moment: Moment): Iterable<Local> {
  const inside: Local = { ...local, requests: new Map(local.requests).set(caller.request, 'inside') };
  yield* kind.countsOn === 'acceptance' ? counted(kind, inside, moment.seq) : [inside];
}

/** The request left, and its thread is free. */
export function* left(kind: ProcessKind, local: Local, caller: Caller, moment: Moment): Iterable<Local> {
  const isOver = caller.over <= moment.seq;
  const requests = new Map(local.requests);
  if (isOver) requests.delete(caller.request);
  else requests.set(caller.request, 'left');
  const without: Local = { ...local, requests };
  for (const next of kind.countsOn === 'completion' ? counted(kind, without, moment.seq) : [without])
    if (insideOf(next) === 0) {
      yield* after(kind, next, events.idle, moment.seq);
      if (kind.threads > 1) yield next;
    } else yield next;
}

/** One more counts for the allowance, which may be used up by now. */
function* counted(kind: ProcessKind, local: Local, seq: number): Iterable<Local> {
  if (kind.allowance === null) {
    yield local;
    return;
  }
  const { least, most } = kind.allowance;
  const more = { ...local, counted: Math.min(local.counted + 1, most) };
  if (more.counted < most && !more.isSpent) yield more;
  if (more.counted >= least) yield* after(kind, { ...more, isSpent: true }, events.spent, seq);
}

const gone = (kind: ProcessKind, local: Local): Local => {
  const requests = new Map(
    [...local.requests].map(([request, status]) => [request, status === 'inside' ? 'lost' : status] as const),
  );
  return { ...local, requests, state: stepOf(kind.idle, local.state, events.gone), heard: new Set(), closedAt: 0 };
};

function* afterAll(kind: ProcessKind, local: Local, events: readonly AnyEventObject[], seq: number): Iterable<Local> {
  let locals: readonly Local[] = [local];
  for (const event of events) locals = locals.flatMap((one) => [...after(kind, one, event, seq)]);
  yield* locals;
}

/** After an event of the machine, whose world answers whether a request is in progress: of several threads some count late. */
function* after(kind: ProcessKind, local: Local, event: AnyEventObject, seq: number): Iterable<Local> {
  const isIdle = insideOf(local) === 0;
  yield* stepped(kind, local, event, seq, isIdle ? kind.idle : kind.busy);
  if (isIdle && kind.threads > 1) yield* stepped(kind, local, event, seq, kind.busy);
}

function* stepped(
  kind: ProcessKind,
  local: Local,
  event: AnyEventObject,
  seq: number,
  machine: AnyStateMachine,
): Iterable<Local> {
  const next = stepOf(machine, local.state, event);
  const closedAt = kind.accepts(local.state) && !kind.accepts(next) ? Math.min(local.closedAt, seq) : local.closedAt;
  yield { ...local, state: next, closedAt };
}

/** Steps that were taken before, by state, variant of the machine and event: there are few, and each is dear. */
const steps = new WeakMap<AnyMachineSnapshot, WeakMap<AnyStateMachine, Map<string, AnyMachineSnapshot>>>();

function stepOf(machine: AnyStateMachine, state: AnyMachineSnapshot, event: AnyEventObject): AnyMachineSnapshot {
  const ofState = remembered(steps, state, () => new WeakMap<AnyStateMachine, Map<string, AnyMachineSnapshot>>());
  const ofMachine = remembered(ofState, machine, () => new Map<string, AnyMachineSnapshot>());
  const key = remembered(texts, event, JSON.stringify);
  const before = ofMachine.get(key);
  if (before) return before;
  const next = theOne(pureStep(machine, asStateOf(machine, state), event).next);
  ofMachine.set(key, next);
  return next;
}

const texts = new WeakMap<AnyEventObject, string>();
const states = new WeakMap<object, Map<string, AnyMachineSnapshot>>();

/** One object for each state of processes on the same terms, so that what was worked out about it is found again. */
function theOne(state: AnyMachineSnapshot): AnyMachineSnapshot {
  const known = remembered(states, state.context.terms, () => new Map<string, AnyMachineSnapshot>());
  const one = known.get(stateKey(state)) ?? state;
  known.set(stateKey(state), one);
  return one;
}

const stateKeys = new WeakMap<AnyMachineSnapshot, string>();

/** What of a state bears on what may come next: why a process ends only does while it waits for its requests. */
const stateKey = (state: AnyMachineSnapshot): string =>
  remembered(stateKeys, state, ({ value, context: { isGrown, because } }) =>
    JSON.stringify([value, isGrown, state.matches('draining') ? because : null]),
  );

function remembered<K extends WeakKey, V>(known: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make(key);
  known.set(key, made);
  return made;
}

function keyOf(local: Local): string {
  const { state, requests, counted: count, isSpent, heard } = local;
  const ofRequests = [...requests].map(String).toSorted().join();
  if (isGone(local)) return `gone|${ofRequests}`;
  return [stateKey(state), ofRequests, count, isSpent, [...heard].toSorted().join()].join('|');
}

/** How much longer than the trace a process may have lived, in ms: servers are given so long to start. */
const before = 30_000;

/** The deadlines of a state that may be over by now. */
const timersOf = (state: AnyMachineSnapshot, at: number): readonly AnyEventObject[] =>
  remembered(timers, state, allTimersOf)
    .filter(({ lasts }) => lasts <= at + before)
    .map(({ event }) => event);

interface Timer {
  readonly event: AnyEventObject;
  /** In ms; infinite where it never ends. */
  readonly lasts: number;
}
const timers = new WeakMap<AnyMachineSnapshot, readonly Timer[]>();

const allTimersOf = (state: AnyMachineSnapshot): readonly Timer[] =>
  state._nodes.flatMap((node) =>
    node.after.flatMap(({ delay, eventType }) => {
      const given = typeof delay === 'string' ? state.machine.implementations.delays[delay] : delay;
      const lasts =
        typeof given === 'function'
          ? given({ context: state.context } as Parameters<typeof given>[0], undefined)
          : given;
      return typeof lasts === 'number' ? [{ event: { type: eventType }, lasts }] : [];
    }),
  );

/** The states in plain words, each once: `serving, or stopping with one request inside`. */
export function inWords(locals: readonly Local[]): string {
  const words = new Set(
    locals.map((local) => {
      const { value, context } = local.state;
      const state = typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
      if (state === 'exited') return 'gone';
      const inside = insideOf(local);
      return [
        state,
        ...(state === 'draining' ? [` because of ${context.because}`] : []),
        ...(local.isSpent ? [' with all the requests behind it that it may have'] : []),
        ...(inside === 0 ? [] : [` with ${inside === 1 ? 'one request' : `${inside} requests`} inside`]),
      ].join('');
    }),
  );
  return [...words].toSorted().slice(0, 6).join(', or ');
}
