/**
 * Whether the machines can take a trace. It keeps the set of worlds that are possible after each event: what the parents have
 * started, and for each process the states it may be in. What nobody sees may happen at any moment; what is seen leaves the
 * worlds that show it. Where none is left, the event cannot have happened on a server that does as the machines say.
 *
 * Requests that were seen in a process are ordered against everything else that it did; those that were seen nowhere may
 * have been in any process of their place, but in one only.
 */
import type { AnyEventObject } from 'xstate';
import type { Deployment } from '../deployment.ts';
import { applicationsOf } from '../deployment.ts';
import { onFileChange } from '../machines/worker-terms.ts';
import { beganAfter } from '../rules/calm.ts';
import { placeOf } from '../rules/hosting.ts';
import { replacementPatience } from '../rules/replacement/replacement-patience.ts';
import { type Act, type EventOf, eventsOf, type Mark, type Trace, type TraceEvent } from '../trace.ts';
import type { RequestId } from '../vocabulary.ts';
import { callersOf, type Placed } from './callers.ts';
import {
  type Caller,
  closure,
  type Instruction,
  inWords,
  isGone,
  isLeaving,
  type Local,
  left,
  type Moment,
  newborn,
  TooMany,
} from './life.ts';
import {
  afterRounds,
  bereft,
  heard,
  knows,
  lacks,
  membersOf,
  type Parent,
  parentOf,
  serverEvents,
  type Told,
  unseen,
  withSeen,
} from './parent.ts';
import { apacheKind, type ProcessKind, workerKind } from './process-kind.ts';
import { distinct, type Life, noted, type Place, type World, withLife, without, withParent } from './world.ts';

export type Acceptance =
  /** It was taken to its end: so many events could have contradicted the machines. */
  | { readonly kind: 'taken'; readonly judged: number }
  | { readonly kind: 'refused'; readonly judged: number; readonly says: string; readonly seqs: readonly number[] }
  | { readonly kind: 'not-judged'; readonly because: string };

/** More worlds than this are not followed: the trace is then not judged. */
const mostWorlds = 64;
/** How long a process that has nothing left to do may take to go, in ms. */
const farewell = 12_000;
/** How long what was told may take to be heard where nothing else tells, in ms. */
const attention = 5_000;

/** What the model looks at: what any client, the probe, and whoever looks at the processes of the machine can see. */
const seenFromOutside: ReadonlySet<TraceEvent['kind']> = new Set<TraceEvent['kind']>([
  'process.appeared',
  'process.vanished',
  'request.sent',
  'request.released',
  'request.finished',
  'request.failed',
  'act.performed',
  'observation',
]);

/** @param trace - What only the server itself can tell is left out: our own worlds are judged as any other. */
export function accept(deployment: Deployment, trace: Trace): Acceptance {
  const acceptor = new Acceptor(
    deployment,
    trace.filter(({ kind }) => seenFromOutside.has(kind)),
  );
  try {
    return acceptor.judge();
  } catch (error) {
    if (error instanceof TooMany) return { kind: 'not-judged', because: error.message };
    throw error;
  }
}

/** What refuses an event, in words, and the events that show it. */
interface Refusal {
  readonly says: string;
  readonly seqs: readonly number[];
}

class Acceptor {
  readonly #deployment: Deployment;
  readonly #trace: Trace;
  readonly #requests: ReadonlyMap<RequestId, Placed>;
  readonly #homes: ReadonlyMap<Mark, readonly Caller[]>;
  readonly #unplaced: ReadonlyMap<Place, readonly Caller[]>;
  readonly #places = new Map<Mark, Place>();
  readonly #kinds = new Map<Place, ProcessKind | null>();
  readonly #isWatched: boolean;
  #worlds: readonly World[];
  #judged = 0;
  #instructions = 0;
  /** A script was made to end whoever executes it, or to fail. */
  #isRuined = false;
  /** From this event on an arbiter may have halted: the exit that tells it to looks like any other. Source: rule LIFE-GUNI-05. */
  readonly #mayHaltAt: number;
  #isTouched = false;
  /** The server was told to stop, or does what no machine of ours does: from then on anything may end. */
  #isStopping = false;
  #refusal: Refusal | null = null;
  /** A signal to the server is under way up to this event: who begins meanwhile may have begun before it, and be told as well. */
  #underWayUntil = 0;
  readonly #toldMeanwhile = new Map<Place, AnyEventObject>();

  constructor(deployment: Deployment, trace: Trace) {
    this.#deployment = deployment;
    const fatal = eventsOf(trace, 'request.sent').find(
      ({ behave }) => behave?.kind === 'exit' && (behave.code === 3 || behave.code === 4),
    );
    this.#mayHaltAt = deployment.kind === 'gunicorn' && fatal ? fatal.seq : Number.POSITIVE_INFINITY;
    this.#trace = trace;
    const placed = callersOf(trace);
    this.#requests = new Map(placed.map((one) => [one.caller.request, one]));
    this.#homes = grouped(
      placed.filter(({ home }) => home !== null),
      ({ home }) => home as Mark,
    );
    this.#unplaced = grouped(
      placed.filter(({ home, history }) => home === null && placeOf({ deployment, trace }, history) !== undefined),
      ({ history }) => placeOf({ deployment, trace }, history) ?? null,
    );
    this.#isWatched = trace.some(({ kind }) => kind === 'process.appeared');
    for (const event of trace)
      if (event.kind === 'observation' && !this.#places.has(event.seen.process))
        this.#places.set(event.seen.process, deployment.kind === 'apache' ? event.seen.processGroup : null);
    if (deployment.kind !== 'apache')
      for (const event of trace) if (event.kind === 'process.appeared') this.#places.set(event.mark, null);
    const places = new Set(this.#places.values());
    this.#worlds = [
      {
        // Of processes that nobody saw go, no parent can be held to account.
        parents: new Map([...places].map((place) => [place, this.#isWatched ? parentOf(deployment, place) : null])),
        lives: new Map(),
        lacking: new Map(),
      },
    ];
  }

  judge(): Acceptance {
    const atFirst = this.#startOf();
    const signals = this.#trace.flatMap((event) =>
      event.kind === 'act.performed' && event.act.kind === 'server-signal'
        ? [{ event, from: Math.max(beganAfter(this.#trace, event), atFirst) }]
        : [],
    );
    const last = this.#trace.findLast(({ kind }) => !kind.startsWith('process.'))?.seq ?? 0;
    for (const event of this.#trace) {
      // When all is done, whoever runs the server stops it, in a way of their own.
      if (event.seq > last) this.#isStopping = true;
      while (signals[0] && signals[0].from < event.seq) {
        const signal = signals.shift();
        if (signal) this.#serverSignal(signal.event);
      }
      this.#refusal = null;
      this.#take(event);
      if (this.#worlds.length > mostWorlds)
        throw new TooMany(`more than ${mostWorlds} ways to come about are possible`);
      if (this.#worlds.length === 0) {
        const refusal: Refusal = this.#refusal ?? { says: 'no state of the machines allows this', seqs: [event.seq] };
        return { kind: 'refused', judged: this.#judged, ...refusal };
      }
    }
    return { kind: 'taken', judged: this.#judged };
  }

  /** The event by which all were there that the parents start at first: whatever is done is done to these. */
  #startOf(): number {
    let left = [...(this.#worlds[0]?.parents.values() ?? [])].reduce(
      (sum, parent) => sum + (parent === null ? 0 : membersOf(parent.state).length),
      0,
    );
    let seq = 0;
    for (const event of this.#trace) {
      if (event.kind !== 'process.appeared' || left === 0) break;
      seq = event.seq;
      if (this.#places.has(event.mark)) left--;
    }
    return seq;
  }

  #take(event: TraceEvent): void {
    if (this.#isWatched) this.#each((world) => this.#inTime(world, event));
    if (this.#worlds.length === 0) return;
    switch (event.kind) {
      case 'process.appeared':
        if (this.#places.has(event.mark)) this.#each((world) => this.#appear(world, event.mark, event.pid, event));
        return;
      case 'process.vanished':
        this.#each((world) => this.#vanish(world, event));
        return;
      case 'observation':
        this.#each((world) => this.#observe(world, event));
        return;
      case 'request.finished':
      case 'request.failed':
        this.#each((world) => this.#end(world, event));
        return;
      case 'act.performed':
        this.#act(event.act, event);
        return;
      default:
        return;
    }
  }

  /** Goes on with what each world becomes. */
  #each(become: (world: World) => readonly World[]): void {
    this.#worlds = this.#worlds.flatMap(become);
  }

  #momentOf(life: Life, event: Pick<TraceEvent, 'seq' | 'at'>): Moment {
    const home = (this.#homes.get(life.mark) ?? []).filter(({ sent, over }) => sent < event.seq && over >= event.seq);
    // What was seen nowhere matters where it is counted.
    const unplaced =
      life.kind.allowance === null
        ? []
        : (this.#unplaced.get(life.place) ?? []).filter(({ sent, over }) => sent < event.seq && over >= event.seq);
    return {
      seq: event.seq,
      at: event.at,
      callers: [...home, ...unplaced],
      instructions: life.instructions,
      hidden: this.#isTouched && life.place !== null && life.place !== '' ? [{ type: 'SCRIPT_CHANGED' }] : [],
      isDoomed: this.#isRuined || this.#isStopping || this.#isFatallyAsked(life.place, event),
    };
  }

  /** A request that ends its process was sent, and not seen in any. */
  #isFatallyAsked(place: Place, { seq }: Pick<TraceEvent, 'seq'>): boolean {
    return (this.#unplaced.get(place) ?? []).some(({ ends, sent }) => ends !== null && sent < seq);
  }

  #closed(life: Life, event: Pick<TraceEvent, 'seq' | 'at'>): readonly Local[] {
    return closure(life.kind, life.locals, this.#momentOf(life, event));
  }

  #kindOf(place: Place): ProcessKind | null {
    const known = this.#kinds.get(place);
    if (known !== undefined) return known;
    const deployment = this.#deployment;
    const kind =
      deployment.kind !== 'apache' ? workerKind(deployment) : place === null ? null : apacheKind(deployment, place);
    this.#kinds.set(place, kind);
    return kind;
  }

  #refuse(says: string, seqs: readonly number[]): readonly World[] {
    this.#refusal ??= { says, seqs: [...new Set(seqs)].toSorted((a, b) => a - b) };
    return [];
  }

  // --- what is seen of processes

  #appear(world: World, mark: Mark, pid: number, event: TraceEvent): readonly World[] {
    if (world.lives.has(mark)) return [world];
    const place = this.#places.get(mark) ?? null;
    const kind = this.#kindOf(place);
    if (kind === null) return [world];
    const life: Life = {
      mark,
      pid,
      place,
      kind,
      locals: newborn(kind),
      instructions: this.#maybeTold(place, event),
      since: event.seq,
      leavingSince: null,
      isTold: false,
      isOver: false,
    };
    const parent = world.parents.get(place) ?? null;
    if (parent === null || this.#isStopping) return [withLife(world, life)];
    this.#judged++;
    const ways = this.#waysToStart(world, place, event);
    if (ways.length === 0) {
      const others = [...world.lives.values()].filter((one) => one.place === place && !one.isOver);
      return this.#refuse(
        `process ${pid} was there, and its parent had none to start: it had ${others.map((one) => `process ${one.pid}, ${inWords(this.#closed(one, event))}`).join('; ') || 'none'}`,
        [...others.map(({ since }) => since), event.seq],
      );
    }
    return ways.map((way) => {
      const started = way.parents.get(place) as Parent;
      const process = unseen(started);
      return withLife(process === null ? way : withParent(way, place, withSeen(started, process, mark)), life);
    });
  }

  #maybeTold(place: Place, { seq }: TraceEvent): readonly Instruction[] {
    const told = seq < this.#underWayUntil ? this.#toldMeanwhile.get(place) : undefined;
    return told === undefined
      ? []
      : [{ number: ++this.#instructions, events: [told], ...neverDue, gracefulSince: null }];
  }

  /** The worlds in which the parent of a place has started a process that was not seen, by what may have happened before. */
  #waysToStart(world: World, place: Place, event: TraceEvent): readonly World[] {
    let open: readonly World[] = [world];
    for (let depth = 0; depth < 6 && open.length > 0; depth++) {
      const ways = open.filter((way) => unseen(way.parents.get(place) as Parent) !== null);
      if (ways.length > 0) return ways;
      open = open.flatMap((way) => this.#unseenMoves(way, place, event));
    }
    return [];
  }

  #unseenMoves(world: World, place: Place, event: TraceEvent): readonly World[] {
    const parent = world.parents.get(place) as Parent;
    const rounds = afterRounds(parent);
    if (rounds) {
      // What it may have told by itself, it need not have.
      const told = rounds.told.map((one) => ({ ...one, isChosen: true }));
      return [this.#told(withParent(world, place, rounds.parent), told, event)];
    }
    return [...world.lives.values()].flatMap((life) => {
      if (life.place !== place || !knows(parent, life.mark)) return [];
      const gone = this.#closed(life, event).filter(isGone);
      if (gone.length === 0) return [];
      return [this.#withoutProcess(withLife(world, { ...life, locals: gone }), life, event)];
    });
  }

  #withoutProcess(world: World, { mark, place }: Life, event: TraceEvent): World {
    const parent = world.parents.get(place) ?? null;
    if (parent === null) return world;
    const after = bereft(parent, mark);
    return this.#told(withParent(world, place, after.parent), after.told, event);
  }

  #vanish(world: World, event: EventOf<'process.vanished'>): readonly World[] {
    const life = world.lives.get(event.mark);
    if (!life) return [world];
    this.#judged++;
    const closed = this.#closed(life, event);
    const gone = closed.filter(isGone);
    if (gone.length === 0)
      return this.#refuse(`process ${life.pid} was gone, and nothing had ended it: it was ${inWords(closed)}`, [
        life.since,
        event.seq,
      ]);
    const after = this.#withoutProcess(
      withLife(world, { ...life, locals: gone, isOver: true, leavingSince: null }),
      life,
      event,
    );
    return [noted(after, life.place, event.at)];
  }

  // --- what is seen of requests

  #observe(world: World, event: EventOf<'observation'>): readonly World[] {
    const { process: mark, pid } = event.seen;
    if (!world.lives.has(mark))
      return this.#appear(world, mark, pid, event).flatMap((one) =>
        one.lives.has(mark) ? this.#observe(one, event) : [one],
      );
    const life = world.lives.get(mark) as Life;
    const placed = this.#requests.get(event.request);
    // A second time is the business of another rule.
    if (!placed || placed.home !== mark) return [world];
    // The server gave it up before a thread took it, and need not count it any more.
    if (placed.caller.over < event.seq && !placed.caller.isAnswered) return [world];
    this.#judged++;
    const closed = this.#closed(life, event);
    const locals = closed.filter(({ requests }) => requests.has(event.request));
    if (locals.length === 0)
      return this.#refuse(
        `${event.request} ran in process ${pid}, which could not take it: it was ${inWords(closed)}`,
        [life.since, placed.caller.sent, event.seq],
      );
    const seen = this.#signalled(withLife(world, { ...life, locals }), mark, placed);
    return [this.#successorServes(this.#assigned(seen, life), life, event)];
  }

  /** A process may hear of a signal of its own long after it has answered. */
  #signalled(world: World, mark: Mark, { history }: Placed): World {
    const { behave } = history.sent;
    const life = world.lives.get(mark);
    if (behave?.kind !== 'signal-self' || !life) return world;
    const never = Number.POSITIVE_INFINITY;
    return this.#instruct(world, life, life.kind.signalled(behave.signal), never, never);
  }

  /** Once a process serves that began after the others were told, they have heard it. */
  #successorServes(world: World, { place, since }: Life, { seq }: TraceEvent): World {
    const lives = new Map(world.lives);
    for (const [mark, life] of lives) {
      if (life.place !== place || life.since >= since) continue;
      const instructions = life.instructions.map((one) =>
        one.gracefulSince !== null && one.gracefulSince < since ? { ...one, due: Math.min(one.due, seq) } : one,
      );
      lives.set(mark, { ...life, instructions });
    }
    return { ...world, lives };
  }

  /** A request that this process took for certain, no other one took. */
  #assigned(world: World, { mark, place, kind }: Life): World {
    if (kind.allowance === null) return world;
    const certain = (this.#unplaced.get(place) ?? []).filter(({ request }) =>
      world.lives.get(mark)?.locals.every(({ requests }) => requests.has(request)),
    );
    if (certain.length === 0) return world;
    const lives = new Map(world.lives);
    for (const [other, life] of lives) {
      if (other === mark || life.place !== place) continue;
      const locals = life.locals.filter(({ requests }) => certain.every(({ request }) => !requests.has(request)));
      if (locals.length > 0) lives.set(other, { ...life, locals });
    }
    return { ...world, lives };
  }

  #end(world: World, event: EventOf<'request.finished' | 'request.failed'>): readonly World[] {
    const placed = this.#requests.get(event.request);
    if (!placed || placed.caller.over !== event.seq) return [world];
    if (placed.home === null) return [this.#endUnplaced(world, placed, event)];
    const life = world.lives.get(placed.home);
    if (!life) return [world];
    const { caller } = placed;
    if (caller.isAnswered) this.#judged++;
    const moment = this.#momentOf(life, event);
    const closed = closure(life.kind, life.locals, moment);
    const locals = closed.flatMap((local): readonly Local[] => {
      const status = local.requests.get(caller.request);
      if (status === 'inside') return [...left(life.kind, local, caller, moment)];
      if (status === 'lost' && caller.isAnswered) return [];
      return [without(local, caller.request)];
    });
    if (locals.length === 0)
      return this.#refuse(
        `${event.request} was answered from process ${life.pid}, which could not have finished it: it was ${inWords(closed)}`,
        [life.since, caller.sent, event.seq],
      );
    return [withLife(world, { ...life, locals: distinct(locals, life, event) })];
  }

  /** Where it was, if it was anywhere, it is no more. */
  #endUnplaced(world: World, { caller, history }: Placed, event: TraceEvent): World {
    const place = placeOf({ deployment: this.#deployment, trace: this.#trace }, history) ?? null;
    const lives = new Map(world.lives);
    for (const [mark, life] of lives) {
      if (life.place !== place || life.kind.allowance === null || life.isOver) continue;
      const moment = this.#momentOf(life, event);
      const locals = closure(life.kind, life.locals, moment).flatMap((local) =>
        local.requests.get(caller.request) === 'inside'
          ? [...left(life.kind, local, caller, moment)]
          : [without(local, caller.request)],
      );
      lives.set(mark, { ...life, locals: distinct(locals, life, event) });
    }
    return { ...world, lives };
  }

  // --- what is done

  #act(act: Act, event: EventOf<'act.performed'>): void {
    switch (act.kind) {
      case 'signal': {
        const mark = this.#requests.get(act.processOf)?.home;
        const isKill = act.signal === 'SIGKILL';
        if (mark !== undefined && mark !== null && act.signal !== 'SIGSTOP' && act.signal !== 'SIGCONT')
          this.#each((world) => {
            const life = world.lives.get(mark);
            if (!life) return [world];
            const events = life.kind.signalled(act.signal);
            if (events?.length === 0) return [world];
            const dueAt = events === null ? Number.POSITIVE_INFINITY : event.at + attention;
            return [this.#instruct(world, life, events, isKill ? event.seq : Number.POSITIVE_INFINITY, dueAt)];
          });
        return;
      }
      case 'ruin':
      case 'break':
        this.#isTouched = true;
        if (act.kind === 'ruin' || this.#deployment.kind !== 'apache') this.#isRuined = true;
        this.#touch(act.script, event);
        return;
      case 'touch':
      case 'mend':
      case 'stall':
        this.#isTouched = true;
        this.#touch(act.script, event);
        return;
      default:
        return;
    }
  }

  #touch(file: string, event: TraceEvent): void {
    const { kind } = this.#deployment;
    if (kind === 'apache') return;
    const deployment = this.#deployment as Exclude<Deployment, { kind: 'apache' }>;
    const because = onFileChange(
      deployment,
      file,
      applicationsOf(deployment).some(({ script }) => script === file),
    );
    if (because === null) return;
    this.#each((world) => [this.#tell(world, null, [{ type: 'TOUCHED', because }], event, null)]);
  }

  /** The signal comes now, and is performed by the time of its event. */
  #serverSignal(event: EventOf<'act.performed'>): void {
    if (event.act.kind !== 'server-signal') return;
    const { signal } = event.act;
    const { kind } = this.#deployment;
    const goesOn = kind === 'apache' ? ['SIGUSR1', 'SIGHUP'] : ['SIGHUP', 'SIGUSR1', 'SIGTTIN', 'SIGTTOU'];
    const isReload =
      kind === 'plain' && this.#deployment.kind === 'plain' && this.#deployment.promises.reloadsOn === signal;
    if (!goesOn.includes(signal) && !isReload) this.#isStopping = true;
    this.#underWayUntil = event.seq;
    this.#toldMeanwhile.clear();
    this.#each((world) => {
      let next = world;
      for (const place of world.parents.keys())
        next = this.#tell(next, place, serverEvents(this.#deployment, place, signal), event, event);
      return [next];
    });
  }

  #tell(
    world: World,
    place: Place,
    events: readonly AnyEventObject[],
    event: TraceEvent,
    performed: EventOf<'act.performed'> | null,
  ): World {
    let next = world;
    for (const one of events) {
      const parent = next.parents.get(place) ?? null;
      if (parent === null) continue;
      const after = heard(parent, one);
      if (performed !== null && after.told[0]) this.#toldMeanwhile.set(place, after.told[0].event);
      next = this.#told(withParent(next, place, after.parent), after.told, event, performed);
    }
    return noted(next, place, event.at);
  }

  #told(
    world: World,
    told: readonly Told[],
    event: Pick<TraceEvent, 'seq' | 'at'>,
    performed: EventOf<'act.performed'> | null = null,
  ): World {
    let next = world;
    const first = told[0] && world.lives.get(told[0].mark);
    // Whom the parent chose among several is not seen: it may have been any of them, and none is held to it.
    const hearers =
      told[0]?.isChosen && first
        ? [...world.lives.values()]
            .filter(({ place }) => place === first.place)
            .map(({ mark }) => ({ ...(told[0] as Told), mark }))
        : told;
    for (const { mark, event: what, isChosen } of hearers) {
      const life = next.lives.get(mark);
      if (!life || life.isOver) continue;
      const { due, dueAt, isGraceful } = isChosen
        ? { ...neverDue, isGraceful: false }
        : this.#dueOf(what.type, event, performed);
      const events = what.type === 'KILL' ? null : [what];
      next = this.#instruct(next, life, events, due, dueAt, isGraceful ? event.seq : null);
    }
    return next;
  }

  #dueOf(type: string, { at }: Pick<TraceEvent, 'at'>, performed: EventOf<'act.performed'> | null) {
    const { kind } = this.#deployment;
    if (kind === 'plain') return { ...neverDue, isGraceful: false };
    if (performed === null || kind === 'uwsgi') return { ...neverDue, dueAt: at + attention, isGraceful: false };
    const isGentle =
      type === 'RETIRE' || (this.#deployment.kind === 'gunicorn' && this.#deployment.workerClass === 'gevent');
    const isReload = performed.act.kind === 'server-signal' && ['SIGHUP', 'SIGUSR1'].includes(performed.act.signal);
    if (isGentle || !isReload) return { ...neverDue, dueAt: performed.at + attention, isGraceful: type === 'RETIRE' };
    return { ...neverDue, due: performed.seq, isGraceful: false };
  }

  #instruct(
    world: World,
    life: Life,
    events: Instruction['events'],
    due: number,
    dueAt: number,
    gracefulSince: number | null = null,
  ): World {
    const instruction = { number: ++this.#instructions, events, due, dueAt, gracefulSince };
    return withLife(world, { ...life, instructions: [...life.instructions, instruction] });
  }

  // --- what should have been seen by now

  #inTime(world: World, event: TraceEvent): readonly World[] {
    let next = world;
    for (const life of world.lives.values()) {
      if (life.isOver) continue;
      const hurried = life.instructions.filter((one) => one.due < event.seq || one.dueAt < event.at);
      if (hurried.length === 0 && !life.isTold) continue;
      const isNew = life.locals.some(
        (local) => !isGone(local) && hurried.some(({ number }) => !local.heard.has(number)),
      );
      const locals = isNew
        ? this.#closed(life, event).filter(
            (local) => isGone(local) || hurried.every(({ number }) => local.heard.has(number)),
          )
        : life.locals;
      const isBound = locals.every((local) => isLeaving(local));
      const leavingSince = isBound ? (life.leavingSince ?? event.at) : null;
      if (leavingSince !== null && event.at - leavingSince > farewell)
        return this.#refuse(
          `process ${life.pid} was still there ${Math.round((event.at - leavingSince) / 1000)} s after it had nothing left to do but go: it was ${inWords(locals)}`,
          [life.since, event.seq],
        );
      if (locals.length === 0) continue;
      // What all of them have heard need not be remembered.
      const settled = new Set(hurried.map(({ number }) => number));
      next = withLife(next, {
        ...life,
        locals: locals.map((local) => ({
          ...local,
          heard: new Set([...local.heard].filter((number) => !settled.has(number))),
        })),
        instructions: life.instructions.filter(({ number }) => !settled.has(number)),
        leavingSince,
        isTold: true,
      });
    }
    for (const [place, since] of next.lacking) {
      const parent = next.parents.get(place) ?? null;
      if (parent === null || !parent.isPrompt || !lacks(parent) || this.#isRuined || this.#isStopping) continue;
      if (event.seq > this.#mayHaltAt) continue;
      if (event.at - since >= replacementPatience)
        return this.#refuse(
          `a process was not there ${Math.round((event.at - since) / 100) / 10} s after its parent had to start it`,
          [event.seq],
        );
    }
    return [next];
  }
}

const neverDue = { due: Number.POSITIVE_INFINITY, dueAt: Number.POSITIVE_INFINITY };

function grouped<K>(placed: readonly Placed[], keyOf: (one: Placed) => K): ReadonlyMap<K, readonly Caller[]> {
  const groups = new Map<K, Caller[]>();
  for (const one of placed) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one.caller);
    else groups.set(keyOf(one), [one.caller]);
  }
  return groups;
}
