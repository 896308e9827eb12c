/** One simulated worker: its threads, interpreters and applications, from its fork to its end. */
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import { applicationsOf } from '../../../spec/deployment.ts';
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import type { Candidate } from '../../../spec/dispatch/dispatch-policy.ts';
import { type Crossing, ThreadTally } from '../../../spec/dispatch/thread-tally.ts';
import type { WorkerRef } from '../../../spec/machines/worker-parent.ts';
import type { WorkerTerms } from '../../../spec/machines/worker-terms.ts';
import {
  lockKept,
  overdueAt,
  requestBegan,
  requestEnded,
  type Unheard,
  type WorkerWatch,
} from '../../../spec/machines/worker-watch.ts';
import { interpreterOf } from '../../../spec/routing/worker-route.ts';
import type { Exit, Mark } from '../../../spec/trace.ts';
import type { ApplicationGroup, Millis, ProcessId, RequestId, Signal } from '../../../spec/vocabulary.ts';
import { IdleThreads } from '../idle-threads.ts';
import type { Station } from '../journey.ts';
import { durations, type Universe } from '../universe.ts';
import { VirtualApplication } from '../virtual-application.ts';
import { VirtualInterpreter } from '../virtual-interpreter.ts';

/** Whom a worker tells what others must know. */
export interface WorkerListener {
  /** It has a thread free that it had not, or takes requests from now on. */
  onVacancy(process: WorkerProcess): void;
  /** It takes nothing new: the connections that it kept are closed. */
  onStopping(process: WorkerProcess): void;
  /** It is about to be gone, with whatever it holds. */
  onEnd(process: WorkerProcess): void;
}

export interface WorkerProcessInput {
  readonly process: ProcessId;
  readonly terms: WorkerTerms;
  /** Larger for each worker. */
  readonly serial: number;
  readonly inherited: Inherited | null;
}

/** What was loaded before the fork; null where each worker loads for itself. */
export interface Inherited {
  /** Those that could be loaded. */
  readonly applications: ReadonlySet<WorkerApplication>;
  /** The process that loaded them. */
  readonly by: Mark;
}

type Phase = 'starting' | 'serving' | 'finishing' | 'gone';

export class WorkerProcess implements Candidate, Station {
  readonly id: ProcessId;
  readonly serial: number;
  lastTurn = 0;
  readonly #universe: Universe<WorkerDeployment>;
  readonly #ref: WorkerRef;
  readonly #listener: WorkerListener;
  readonly #terms: WorkerTerms;
  readonly #inherited: WorkerProcessInput['inherited'];
  readonly #tally: ThreadTally;
  readonly #idle: IdleThreads;
  readonly #allowance: number;
  readonly #watch: WorkerWatch | null;
  readonly #interpreters = new Map<ApplicationGroup, VirtualInterpreter>();
  /** What was executed in this process itself. */
  readonly #executed: VirtualApplication[] = [];
  readonly #loaded = new Set<WorkerApplication>();
  readonly #timers = new Set<unknown>();
  readonly #registered: { readonly request: RequestId; readonly applicationGroup: ApplicationGroup }[] = [];
  #phase: Phase = 'starting';
  #counted = 0;
  #unheard: Unheard = { since: null };
  #callOffOverdue: () => void = () => {};
  #isStuck = false;
  #isLeaving = false;
  #pid = 0;
  #started: Millis;
  /** Time with a request inside, in ms, and since when there is one now. */
  #busyFor = 0;
  #busySince: number | null = null;
  #callOffKill: () => void = () => {};

  constructor(
    { process, terms, serial, inherited }: WorkerProcessInput,
    universe: Universe<WorkerDeployment>,
    ref: WorkerRef,
    listener: WorkerListener,
  ) {
    const { decisions, chance, clock } = universe;
    this.id = process;
    this.serial = serial;
    this.#universe = universe;
    this.#ref = ref;
    this.#listener = listener;
    this.#terms = terms;
    this.#inherited = inherited;
    this.#started = clock.now();
    this.#allowance = decisions.workerAllowance(terms, (low, high) => (low === high ? low : chance.between(low, high)));
    this.#watch = decisions.workerWatch(terms);
    this.#tally = new ThreadTally(decisions.workerThreads(terms), 0);
    this.#idle = new IdleThreads(this.#tally.threads);
  }

  get pid(): number {
    return this.#pid;
  }

  get isIdle(): boolean {
    return this.#tally.busy === 0;
  }

  get busy(): number {
    return this.#tally.busy;
  }

  get hasFreeThread(): boolean {
    return this.#tally.hasFreeThread;
  }

  get takesRequests(): boolean {
    if (!this.#tally.hasFreeThread || this.#isStuck) return false;
    if (this.#phase === 'finishing' && !this.#isLeaving)
      return this.#universe.decisions.workerAcceptsWhileFinishing(this.#universe.deployment);
    return this.#phase === 'serving';
  }

  /** Whether it leaves connections open for further requests. */
  get keepsConnections(): boolean {
    return this.#phase === 'serving';
  }

  get isStarting(): boolean {
    return this.#phase === 'starting';
  }

  get isServing(): boolean {
    return this.#phase === 'serving';
  }

  get isGone(): boolean {
    return this.#phase === 'gone';
  }

  /** No Python runs in it, because one thread keeps the global lock. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** As the probe in it names it. */
  get mark(): Mark {
    return this.#universe.markOf(this.#pid, this.#started);
  }

  /** The process that executed its scripts. */
  get loadedBy(): Mark {
    return this.#inherited?.by ?? this.mark;
  }

  /** Does something later, unless the process is stuck or gone by then. @returns a function that calls it off. */
  after(delay: number, act: () => void): () => void {
    return this.#afterAll(delay, () => {
      if (!this.#isStuck) act();
    });
  }

  /** Needs no Python: what goes on in a process that is stuck. */
  #afterAll(delay: number, act: () => void): () => void {
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
  }

  /** Forks, makes ready what was not there before the fork, and then takes requests. */
  start(pid: number): void {
    this.after(this.#universe.takes(durations.fork), () => {
      this.#pid = pid;
      this.#started = this.#universe.clock.now();
      this.#ref.send({ type: 'SPAWNED', pid });
      this.#load(applicationsOf(this.#universe.deployment));
    });
  }

  /** Whether it has the application, and does not answer 500 in its place. */
  has(application: WorkerApplication): boolean {
    return this.#loaded.has(application);
  }

  /** One of its threads takes a request. @returns which, from 1. */
  take(): number {
    const { decisions, clock } = this.#universe;
    const thread = this.#idle.take(decisions.choosesThread);
    if (thread === undefined) throw new Error(`${this.id} has no thread for a request`);
    this.#busySince ??= clock.now();
    if (this.#watch) this.#hear(requestBegan(this.#watch, this.#unheard, clock.now()));
    if (this.#tally.start()) this.#ref.send({ type: 'SATURATED' });
    if (decisions.workerCountsOn(this.#terms) === 'acceptance') this.#count();
    return thread;
  }

  /** A thread is done with its request. */
  release(thread: number): void {
    this.#idle.giveBack(thread);
    if (this.#watch) this.#hear(requestEnded(this.#watch, this.#unheard));
    const crossings = this.#tally.finish();
    if (this.isIdle) this.#becomeIdle();
    this.#weigh();
    if (this.#universe.decisions.workerCountsOn(this.#terms) === 'completion') this.#count();
    for (const crossing of crossings) this.#cross(crossing);
    if (this.takesRequests) this.#listener.onVacancy(this);
  }

  /** One of its threads takes Python's global lock and never gives it back. */
  holdLock(): void {
    this.#isStuck = true;
    if (this.#watch) this.#hear(lockKept(this.#watch, this.#unheard, this.#universe.clock.now()));
  }

  /** How long threads of its application could have run by now, in ms, where it lets them while no request is there, or not. */
  ranFor(whileIdle: boolean): number {
    const now = this.#universe.clock.now();
    return whileIdle ? now - this.#started : this.#busyFor + (this.#busySince === null ? 0 : now - this.#busySince);
  }

  /** A request registers a handler that its interpreter calls at its end. */
  register(request: RequestId, applicationGroup: ApplicationGroup): void {
    this.#registered.push({ request, applicationGroup });
  }

  signal(signal: Signal): void {
    const { decisions, deployment } = this.#universe;
    const response = decisions.workerResponse(deployment, signal);
    if (response === 'die') {
      this.end({ kind: 'killed', by: signal });
      return;
    }
    // What Python is to do about a signal, it does when it runs again; uWSGI does it in C.
    if (this.#isStuck && deployment.kind !== 'uwsgi') return;
    switch (response) {
      case 'finish':
        this.#ref.send({ type: 'FINISH', because: 'signal' });
        return;
      case 'quit':
        this.#ref.send({ type: 'QUIT', because: 'signal' });
        return;
      case 'abort':
        this.end({ kind: 'returned', code: 1 });
        return;
      case 'ignore':
    }
  }

  stopAccepting(): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'finishing';
    this.#listener.onStopping(this);
  }

  /** Exits in order. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.after(this.#universe.takes(durations.destroyInterpreter), () => {
      const { decisions, deployment } = this.#universe;
      if (decisions.workerCallsExitHandlers(deployment, this.busy)) this.#destroyInterpreters();
      this.end({ kind: 'returned', code: 0 });
    });
  }

  /** It is told by SIGABRT; one that is stuck does not hear it. */
  abort(): void {
    this.after(0, () => this.end({ kind: 'returned', code: 1 }));
  }

  /** The process is gone, whatever it was doing. */
  end(exit: Exit): void {
    if (this.isGone) return;
    this.#phase = 'gone';
    for (const timer of this.#timers) this.#universe.clock.clearTimeout(timer);
    this.#timers.clear();
    this.#listener.onEnd(this);
    for (const application of this.#executed) application.processGone();
    for (const interpreter of this.#interpreters.values()) interpreter.processGone();
    this.#ref.send({ type: 'GONE', exit });
  }

  #interpreter(applicationGroup: ApplicationGroup): VirtualInterpreter {
    const known = this.#interpreters.get(applicationGroup);
    if (known) return known;
    const made = new VirtualInterpreter({ process: this.id, applicationGroup }, this.#universe, (delay, act) =>
      this.after(delay, act),
    );
    this.#interpreters.set(applicationGroup, made);
    return made;
  }

  /** One application after the other. */
  #load([next, ...rest]: readonly WorkerApplication[]): void {
    if (!next) {
      this.#becomeReady();
      return;
    }
    const { deployment } = this.#universe;
    const applicationGroup = interpreterOf(deployment, next);
    this.#interpreter(applicationGroup).need(() => {
      if (this.#inherited) {
        if (this.#inherited.applications.has(next)) this.#loaded.add(next);
        this.#load(rest);
        return;
      }
      const input = { process: this.id, applicationGroup, script: next.script };
      const application = new VirtualApplication(input, this.#universe, {
        kind: 'worker',
        after: (delay, act) => this.after(delay, act),
        scriptChanged: () => {},
        end: (exit) => this.end(exit),
      });
      this.#executed.push(application);
      const goOn = (): void => {
        this.#loaded.add(next);
        this.#load(rest);
      };
      application.reach(false, {
        onCode: goOn,
        onOldCode: goOn,
        onFailure: () => {
          const status = this.#universe.decisions.statusOfFailedLoad(deployment);
          if (status === null) this.#load(rest);
          else this.end({ kind: 'returned', code: status });
        },
      });
    });
  }

  #becomeReady(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'serving';
    this.#ref.send({ type: 'READY' });
    this.#listener.onVacancy(this);
  }

  #count(): void {
    this.#counted++;
    if (this.#allowance === 0 || this.#counted < this.#allowance) return;
    const { inattention } = this.#terms;
    const tell = (): void => this.#ref.send({ type: 'SPENT' });
    if (inattention === 0) tell();
    else this.after(this.#universe.chance.between(1, inattention), tell);
  }

  #becomeIdle(): void {
    if (this.#busySince !== null) this.#busyFor += this.#universe.clock.now() - this.#busySince;
    this.#busySince = null;
  }

  /** It is as large as it ever gets, with its first request. */
  #weigh(): void {
    const { decisions } = this.#universe;
    const { memory, evilMemory } = this.#terms;
    const reached = decisions.outgrows(memory);
    if (reached !== null) this.#ref.send({ type: 'OUTGROWN', limit: reached });
    const evil = decisions.outgrows(evilMemory);
    if (evil === null) return;
    this.#callOffKill();
    // The master looks once a second.
    const untilItLooks = this.#universe.chance.between(1, 1000);
    this.#callOffKill = this.#afterAll(untilItLooks, () => this.#ref.send({ type: 'OVERDUE', because: evil }));
  }

  #cross(crossing: Crossing): void {
    if (crossing === 'thread-free') this.#ref.send({ type: 'THREAD_FREE' });
    if (crossing === 'idle' && this.#phase === 'finishing') this.#ref.send({ type: 'IDLE' });
  }

  /** Every request may move the moment at which the parent loses its patience. */
  #hear(unheard: Unheard): void {
    const watch = this.#watch;
    if (!watch) return;
    this.#unheard = unheard;
    this.#callOffOverdue();
    const due = overdueAt(watch, unheard);
    this.#callOffOverdue =
      due === Number.POSITIVE_INFINITY
        ? () => {}
        : this.#afterAll(Math.max(0, due - this.#universe.clock.now()), () =>
            this.#ref.send({ type: 'OVERDUE', because: watch.because }),
          );
  }

  #destroyInterpreters(): void {
    for (const group of this.#universe.decisions.exitOrder([...this.#interpreters.keys()])) {
      for (const { request, applicationGroup } of this.#registered.toReversed())
        if (applicationGroup === group)
          this.#universe.record({ kind: 'exit-handler.called', request, handler: 'atexit' });
      this.#interpreters.get(group)?.destroy();
    }
  }
}
