/** One simulated server process: threads, interpreters and scripts, from its fork to its end. */
import type { ActorRefFrom } from 'xstate';
import type { Candidate } from '../../spec/dispatch/dispatch-policy.ts';
import { type Crossing, ThreadTally } from '../../spec/dispatch/thread-tally.ts';
import type { Due } from '../../spec/machines/process-monitor.ts';
import type { ProcessTerms } from '../../spec/machines/process-terms.ts';
import type { serverProcessMachine } from '../../spec/machines/server-process.ts';
import type { Exit, ExitHandler, Mark } from '../../spec/trace.ts';
import type {
  ApplicationGroup,
  Millis,
  ProcessGroupName,
  ProcessId,
  RequestId,
  Signal,
} from '../../spec/vocabulary.ts';
import type { ProcessKind } from './decisions.ts';
import { IdleThreads } from './idle-threads.ts';
import { ModuleLock } from './module-lock.ts';
import { Monitor } from './monitor.ts';
import { durations, type Universe } from './universe.ts';
import { VirtualApplication } from './virtual-application.ts';
import { VirtualInterpreter } from './virtual-interpreter.ts';

export type ProcessRef = ActorRefFrom<typeof serverProcessMachine>;

/** Whom a process tells what others must know. */
export interface ProcessListener {
  /** The server takes connections from now on, or takes none any more. */
  onListening(isOpen: boolean): void;
  /** The server stops or restarts, and not gracefully. */
  onConnectionsClosed(): void;
  /** It has a thread free that it had not, also one that it leaves to another process, or takes requests from now on. */
  onVacancy(process: VirtualProcess): void;
  /** It is on its way out: the connections that it kept are closed. */
  onStopping(process: VirtualProcess): void;
  /** It is about to be gone, with whatever it holds. */
  onEnd(process: VirtualProcess): void;
}

export interface ProcessInput {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly terms: ProcessTerms;
  /** Larger for each process of the group. */
  readonly serial: number;
  /** It was forked before the server ran. */
  readonly beganWithServer: boolean;
  /** Those whose slot of the scoreboard it shares. */
  readonly beside: readonly VirtualProcess[];
}

type Phase = 'starting' | 'serving' | 'draining' | 'stopping' | 'gone';

export class VirtualProcess implements Candidate {
  readonly id: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly kind: ProcessKind;
  readonly moduleLock = new ModuleLock();
  /** Larger for each process of the group. */
  readonly serial: number;
  lastTurn = 0;
  readonly #universe: Universe;
  readonly #ref: ProcessRef;
  readonly #listener: ProcessListener;
  readonly #tally: ThreadTally;
  readonly #beganWithServer: boolean;
  /** As configured. */
  readonly #threads: number;
  readonly #allowance: number;
  readonly #idle: IdleThreads;
  readonly #interpreters = new Map<ApplicationGroup, VirtualInterpreter>();
  readonly #applications = new Map<string, VirtualApplication>();
  readonly #timers = new Set<unknown>();
  readonly #registered: {
    readonly request: RequestId;
    readonly applicationGroup: ApplicationGroup;
    readonly hasThread: boolean;
  }[] = [];
  /** How often each signal was sent to it. */
  readonly #signals = new Map<Signal, number>();
  #phase: Phase = 'starting';
  readonly #monitor: Monitor | null;
  #acceptsWhileDraining = false;
  /** Threads in which RequestTimeout was raised: their requests end with it as soon as Python runs in them. */
  readonly #interrupted = new Set<number>();
  /** What runs on in Python until it is interrupted, by thread. */
  readonly #runningOn = new Map<number, () => void>();
  /** The server was restarted since it was forked. */
  isFormer = false;
  #isLeaving = false;
  #isStuck = false;
  #accepted = 0;
  #pid = 0;
  #started: Millis;

  constructor(
    { process, processGroup, terms, serial, beganWithServer, beside }: ProcessInput,
    universe: Universe,
    ref: ProcessRef,
    to: ProcessListener,
  ) {
    const { decisions, deployment, clock } = universe;
    this.id = process;
    this.serial = serial;
    this.#beganWithServer = beganWithServer;
    this.processGroup = processGroup;
    this.kind = terms.kind;
    this.#universe = universe;
    this.#ref = ref;
    this.#listener = to;
    this.#started = clock.now();
    const countsCompleted = decisions.countsOn(terms.kind, deployment.server.mpm) === 'completion';
    this.#threads = terms.threads;
    this.#allowance = decisions.allowance(terms);
    this.#tally = new ThreadTally(decisions.threadLimit(terms), countsCompleted ? this.#allowance : 0, beside);
    const watch = decisions.watches(terms);
    this.#monitor =
      watch &&
      new Monitor(watch, {
        now: () => clock.now(),
        after: this.#afterAll,
        tell: this.#tell,
        interrupt: this.#interrupt,
      });
    this.#idle = new IdleThreads(this.#tally.threads);
  }

  get pid(): number {
    return this.#pid;
  }

  /** As the probe in it names it. */
  get mark(): Mark {
    return this.#universe.markOf(this.#pid, this.#started);
  }

  /** No request worth waiting for is in progress. */
  get isIdle(): boolean {
    return this.#tally.busy === 0 || this.#monitor?.hasActiveRequest === false;
  }

  /** Threads that could take a request now or as soon as the process has started; none of one that goes. */
  get idleThreads(): number {
    if (this.#phase !== 'starting' && this.#phase !== 'serving') return 0;
    return this.#tally.idle;
  }

  /** It is on its way out, and threads of its slot are free. */
  get isPartlyGone(): boolean {
    return this.#phase !== 'starting' && this.#phase !== 'serving' && this.#tally.hasFreeThread;
  }

  get busy(): number {
    return this.isGone ? 0 : this.#tally.busy;
  }

  get hasFreeThread(): boolean {
    return this.#tally.hasFreeThread;
  }

  get takesRequests(): boolean {
    if (!this.#tally.hasFreeThread) return false;
    switch (this.#phase) {
      case 'serving':
        return true;
      case 'draining':
        return this.#acceptsWhileDraining;
      case 'stopping':
        return this.#universe.decisions.acceptsWhileStopping(this.kind);
      default:
        return false;
    }
  }

  /** Whether it leaves connections open for further requests. */
  get keepsConnections(): boolean {
    return this.#phase === 'serving';
  }

  /** It finishes its requests, and then goes. */
  get isDraining(): boolean {
    return this.#phase === 'draining';
  }

  get isStarting(): boolean {
    return this.#phase === 'starting';
  }

  get isServing(): boolean {
    return this.#phase === 'serving' || this.#phase === 'draining';
  }

  get isGone(): boolean {
    return this.#phase === 'gone';
  }

  /** No Python runs in it, because one thread keeps the global lock. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Does something later, unless the process is stuck or gone by then. @returns a function that calls it off. */
  after(delay: number, act: () => void): () => void {
    return this.#afterAll(delay, () => {
      if (!this.#isStuck) act();
    });
  }

  /** Needs no Python: what goes on in a process that is stuck. */
  readonly #afterAll = (delay: number, act: () => void): (() => void) => {
    if (this.isGone) return () => {};
    const { clock } = this.#universe;
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delay);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clock.clearTimeout(timer);
    };
  };

  /** Forks, starts Python, loads what is to be loaded, and then takes requests. */
  start(pid: number): void {
    this.after(this.#universe.takes(durations.fork), () => {
      this.#pid = pid;
      this.#started = this.#universe.clock.now();
      this.#ref.send({ type: 'SPAWNED', pid });
      this.after(this.#universe.takes(durations.startPython), () => this.#begin());
    });
  }

  /** One of its threads takes a request, or with it the connection of it. @returns which, from 1. */
  take(isNewConnection = true): number {
    const thread = this.#idle.take(this.#universe.decisions.choosesThread);
    if (thread === undefined) throw new Error(`${this.id} has no thread for a request`);
    if (isNewConnection) this.#accepted++;
    this.#monitor?.requestStarted(thread);
    if (this.#tally.start()) this.#ref.send({ type: 'SATURATED' });
    const countsAccepted = this.#tally.maximumRequests === 0 && this.#allowance > 0;
    if (countsAccepted && this.#accepted >= this.#allowance) this.#ref.send({ type: 'SPENT' });
    return thread;
  }

  /** A thread is done with its request. */
  release(thread: number): void {
    this.#idle.giveBack(thread);
    this.#interrupted.delete(thread);
    this.#monitor?.requestEnded(thread);
    for (const crossing of this.#tally.finish()) this.#ref.send({ type: crossingEvents[crossing] });
    if (this.#phase === 'draining' && this.#tally.busy > 0 && this.isIdle) this.#ref.send({ type: 'IDLE' });
    if (this.#phase === 'stopping' && this.#tally.busy === 0) this.#leave();
    if (!this.isGone) this.#listener.onVacancy(this);
  }

  interpreter(applicationGroup: ApplicationGroup): VirtualInterpreter {
    const known = this.#interpreters.get(applicationGroup);
    if (known) return known;
    const made = new VirtualInterpreter({ process: this.id, applicationGroup }, this.#universe, (delay, act) =>
      this.after(delay, act),
    );
    this.#interpreters.set(applicationGroup, made);
    return made;
  }

  application(applicationGroup: ApplicationGroup, script: string): VirtualApplication {
    const key = `${applicationGroup}\0${script}`;
    const known = this.#applications.get(key);
    if (known) return known;
    const made = new VirtualApplication({ process: this.id, applicationGroup, script }, this.#universe, this);
    this.#applications.set(key, made);
    return made;
  }

  readonly #tell = (due: Due): void => this.#ref.send({ type: due });

  /** A request comes to its script. */
  scriptNeeded(): void {
    this.#monitor?.scriptNeeded();
  }

  /** A request has its script. */
  scriptFound(): void {
    this.#monitor?.scriptFound();
  }

  /** One of its threads takes Python's global lock and never gives it back. */
  holdLock(): void {
    this.#isStuck = true;
    this.#monitor?.lockKept();
  }

  /** One of its threads uses the processor until the limit is reached, where there is one. */
  burn(done: () => void): void {
    const limit = this.#universe.decisions.cpuTimeLimit(this.#universe.deployment, this.processGroup);
    if (limit === 0) {
      done();
      return;
    }
    this.after(limit, () => {
      this.signal('SIGXCPU');
      if (!this.isGone) done();
    });
  }

  /** Python code that goes on and on in this thread, unless something interrupts it. */
  runOn(thread: number, atMost: number, whenOver: () => void): void {
    const callOff = this.after(atMost, () => over());
    const over = (): void => {
      callOff();
      this.#runningOn.delete(thread);
      whenOver();
    };
    this.#runningOn.set(thread, over);
  }

  /** Whether RequestTimeout was raised in the thread. */
  isInterrupted(thread: number): boolean {
    return this.#interrupted.has(thread);
  }

  /** A thread that waits for something has it only then. Source: rule LIFE-REQTIME-04. */
  readonly #interrupt = (thread: number): void => {
    if (!this.#universe.decisions.interrupts()) return;
    this.#interrupted.add(thread);
    this.#runningOn.get(thread)?.();
  };

  scriptChanged(): void {
    this.#ref.send({ type: 'SCRIPT_CHANGED' });
  }

  /** A request registers handlers that its interpreter calls at its end, and may start a thread that goes on until then. */
  register(request: RequestId, applicationGroup: ApplicationGroup, hasThread: boolean): void {
    this.#registered.push({ request, applicationGroup, hasThread });
  }

  signal(sent: Signal): void {
    const { decisions, deployment } = this.#universe;
    const count = (this.#signals.get(sent) ?? 0) + 1;
    this.#signals.set(sent, count);
    const signal = decisions.understands(sent, count);
    switch (decisions.respondsTo(signal, this.kind, deployment.server, this.#beganWithServer)) {
      case 'obey':
        this.#ref.send({ type: 'SIGNAL', signal });
        return;
      case 'die':
        this.end({ kind: 'killed', by: signal });
        return;
      case 'ignore':
    }
  }

  beginDraining(accepts: boolean): void {
    this.#phase = 'draining';
    this.#acceptsWhileDraining = this.#universe.decisions.acceptsWhileDraining(this.kind, accepts);
  }

  stopAccepting(): void {
    this.#phase = 'stopping';
    this.#listener.onStopping(this);
  }

  /** Joins its threads, destroys its interpreters and exits. */
  shutDown(): void {
    const { decisions, deployment } = this.#universe;
    if (decisions.tellsShutdown(this.kind) === 'before-joining') this.#call('subscribe_shutdown');
    if (this.#tally.busy === 0) this.#leave();
    else if (!decisions.joinsThreads(this.kind, deployment.server.mpm)) {
      this.#destroyInterpreters();
      this.end({ kind: 'returned', code: 0 });
    }
  }

  /** The process is gone, whatever it was doing. */
  end(exit: Exit): void {
    if (this.isGone) return;
    this.#phase = 'gone';
    for (const timer of this.#timers) this.#universe.clock.clearTimeout(timer);
    this.#timers.clear();
    this.#listener.onEnd(this);
    for (const application of this.#applications.values()) application.processGone();
    for (const interpreter of this.#interpreters.values()) interpreter.processGone();
    this.#ref.send({ type: 'GONE', exit });
  }

  /** Without request threads its scripts are all it does. Source: rule CONF-DAEMON-03. */
  #begin(): void {
    if (this.#threads > 0) {
      this.#preload(() => this.#becomeReady());
      return;
    }
    this.#becomeReady();
    this.#preload(() => {
      if (this.#universe.decisions.endsWithItsScripts()) this.#leave();
    });
  }

  /** Scripts are loaded one after the other. Source: wsgi_python_child_init. */
  #preload(whenDone: () => void): void {
    const { decisions, deployment } = this.#universe;
    const load = ([next, ...rest]: readonly { script: string; applicationGroup: string }[]): void => {
      if (!next) {
        whenDone();
        return;
      }
      const group = next.applicationGroup === '%{GLOBAL}' ? '' : next.applicationGroup;
      this.interpreter(group).need(() => {
        const goOn = (): void => load(rest);
        this.application(group, next.script).reach(false, {
          onCode: goOn,
          onOldCode: goOn,
          onFailure: () => this.#preloadFailed(goOn),
        });
      });
    };
    load(decisions.preloads(deployment, this.processGroup));
  }

  /** Source: rule CONF-IMPORT-02. */
  #preloadFailed(goOn: () => void): void {
    if (this.#universe.decisions.survivesFailedPreload()) goOn();
    else this.end({ kind: 'returned', code: 1 });
  }

  #becomeReady(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'serving';
    this.#ref.send({ type: 'READY' });
    this.#listener.onVacancy(this);
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.after(this.#universe.takes(durations.destroyInterpreter), () => {
      this.#destroyInterpreters();
      this.end({ kind: 'returned', code: 0 });
    });
  }

  #destroyInterpreters(): void {
    const { decisions, deployment } = this.#universe;
    if (decisions.tellsShutdown(this.kind) === 'after-joining') this.#call('subscribe_shutdown');
    if (!decisions.destroysInterpreters(deployment)) return;
    // They have been told at the same time, and take the same time.
    if (decisions.waitsForThreads()) this.#call('thread');
    for (const group of decisions.exitOrder([...this.#interpreters.keys()])) {
      this.#call('atexit', group);
      this.#interpreters.get(group)?.destroy();
    }
  }

  /** Calls what requests registered; exit handlers in reverse, as Python does. */
  #call(handler: ExitHandler, group?: ApplicationGroup): void {
    const registered = this.#registered.filter(
      ({ applicationGroup, hasThread }) =>
        (group ?? applicationGroup) === applicationGroup && (handler !== 'thread' || hasThread),
    );
    for (const { request } of handler === 'atexit' ? registered.toReversed() : registered)
      this.#universe.record({ kind: 'exit-handler.called', request, handler });
  }
}

const crossingEvents = {
  saturated: 'SATURATED',
  'thread-free': 'THREAD_FREE',
  'requests-spent': 'SPENT',
  idle: 'IDLE',
} as const satisfies Record<Crossing, string>;
