/**
 * Gives the machines of a server of workers real effects: their processes are CPython processes, their timers real time.
 * What to start, replace, finish and kill is the machines' decision.
 */
import { type AnyActorRef, createActor } from 'xstate';
import type { WorkerDeployment } from '../../../spec/deployment.ts';
import { applicationMachine } from '../../../spec/machines/application.ts';
import { interpreterMachine } from '../../../spec/machines/interpreter.ts';
import { patientClock } from '../../../spec/machines/timers.ts';
import { type WorkerInput, workerMachine } from '../../../spec/machines/worker.ts';
import { type Memory, type MemoryLimits, outgrown } from '../../../spec/machines/worker-memory.ts';
import type { WorkerRef } from '../../../spec/machines/worker-parent.ts';
import {
  configureWorkers,
  createWorkerServer,
  stateOfWorkers,
  type WorkerEffects,
  type WorkerServer,
} from '../../../spec/machines/worker-server.ts';
import {
  statusOfFailedLoad,
  type TouchEnding,
  type WorkerTerms,
  workerResponse,
} from '../../../spec/machines/worker-terms.ts';
import { overdueAt, requestBegan, requestEnded, type Unheard } from '../../../spec/machines/worker-watch.ts';
import type { Happening } from '../../../spec/trace.ts';
import { type ApplicationGroup, millis, type ProcessId } from '../../../spec/vocabulary.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { SlotConnection } from '../dispatch/slot-connection.ts';
import type { SlotServer } from '../dispatch/slot-server.ts';
import type { LogOrigin } from '../logs/error-log.ts';
import { Monitor } from '../processes/monitor.ts';
import { memoryOf } from '../processes/process-memory.ts';
import { ProcessWatch } from '../processes/process-watch.ts';
import { Saturation } from '../processes/saturation.ts';
import { type HostListener, ServerProcessHost } from '../processes/server-process-host.ts';
import type { ServerProcessView } from '../processes/supervisor.ts';
import { workerHostSettings } from './worker-host-settings.ts';

export interface WorkerSupervisorOptions {
  readonly deployment: WorkerDeployment;
  readonly dispatcher: Pick<Dispatcher, 'add' | 'remove' | 'serveQueue'>;
  readonly python: string;
  readonly slotServer: SlotServer;
  readonly fileOf: (script: string) => string;
  readonly folder: string;
  readonly observe: (happening: Happening) => void;
  readonly log: (source: string, line: string, origin?: LogOrigin) => void;
  readonly onOpen: () => void;
  readonly onClose: () => void;
}

/** The parts of one running worker that the gateway keeps. */
interface Running {
  readonly host: ServerProcessHost;
  readonly ref: WorkerRef;
  readonly terms: WorkerTerms;
  readonly actors: Map<string, AnyActorRef>;
  /** What it may have in all, drawn when it started; 0 is any number. */
  readonly allowance: number;
  given: number;
  unheard: Unheard;
  /** What it had when its last request was over; null where nobody asks, or it had none yet. */
  memory: Memory | null;
}

export class WorkerSupervisor {
  readonly server: WorkerServer;
  readonly #options: WorkerSupervisorOptions;
  readonly #running = new Map<ProcessId, Running>();
  readonly #byHost = new WeakMap<ServerProcessHost, Running>();
  readonly #monitor = new Monitor();
  readonly #interpreter: typeof interpreterMachine;
  readonly #application: typeof applicationMachine;
  readonly #effects: WorkerEffects;
  #deployment: WorkerDeployment;
  #listeners = 0;

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
    const { observe } = options;
    this.#deployment = options.deployment;
    const of = (process: ProcessId): Running | undefined => this.#running.get(process);
    this.#interpreter = interpreterMachine.provide({
      actions: {
        create: ({ context }) => of(context.process)?.host.createInterpreter(context.applicationGroup),
        report: (_, happening) => observe(happening),
      },
    });
    this.#application = applicationMachine.provide({ actions: { report: (_, happening) => observe(happening) } });
    const worker = workerMachine.provide({
      actions: {
        spawn: ({ context, self }) => this.#start(context, self as WorkerRef),
        stopAccepting: ({ context }) => {
          const running = of(context.process);
          if (running) options.dispatcher.remove(running.host);
        },
        leave: ({ context }) => {
          const running = of(context.process);
          if (!running) return;
          // Source: rule SHUT-UWSGI-04.
          running.host.leave(0, this.#deployment.kind !== 'uwsgi' || running.host.isIdle);
          for (const [name, actor] of running.actors) if (name.startsWith('i')) actor.send({ type: 'FINALIZE' });
        },
        abort: ({ context }) => of(context.process)?.host.leave(1, false),
        forceExit: ({ context }) => of(context.process)?.host.kill(),
        report: (_, happening) => observe(happening),
      },
      guards: { isIdle: ({ context }) => of(context.process)?.host.isIdle ?? true },
    });
    this.#effects = {
      worker,
      openListeners: () => {
        this.#listeners++;
        options.onOpen();
      },
      closeListeners: () => {
        this.#listeners--;
        if (this.#listeners <= 0 || this.#deployment.kind !== 'gunicorn') options.onClose();
      },
      // Processes are started here, not forked from one that has loaded the applications: each loads for itself.
      loadsBeforeFork: () => false,
      loadApplications: (loader) => loader.send({ type: 'LOADED' }),
      idle: (workers) =>
        workers.filter((process) => {
          const running = of(process);
          return running?.ref.getSnapshot().matches('serving') && running.host.isIdle;
        }),
    };
    const clock = patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) });
    this.server = createWorkerServer(options.deployment, this.#effects, clock);
  }

  /** Workers that start from now on follow this configuration. */
  reconfigure(deployment: WorkerDeployment): void {
    this.#deployment = deployment;
    configureWorkers(this.server, deployment, this.#effects);
  }

  /** What the server is doing: `starting`, `running`, … */
  get state(): string {
    return stateOfWorkers(this.server);
  }

  /** A thread connected: it belongs to an interpreter of a running worker. */
  addSlot(process: ProcessId, group: ApplicationGroup, connection: SlotConnection): void {
    const running = this.#running.get(process);
    if (running) running.host.addSlot(group, connection);
    else connection.socket.destroy();
  }

  /** A file that the real server would look at has changed. */
  touched(because: TouchEnding): void {
    if (this.state !== 'stopped') this.server.send({ type: 'TOUCHED', because });
  }

  /** A worker has a request from now on. */
  given(host: ServerProcessHost): void {
    const running = this.#byHost.get(host);
    if (!running) return;
    const { terms, ref, allowance } = running;
    if (terms.watch) running.unheard = requestBegan(terms.watch, running.unheard, performance.now());
    if (terms.countsOn !== 'acceptance' || allowance === 0 || ++running.given < allowance) return;
    if (terms.inattention === 0) ref.send({ type: 'SPENT' });
    else setTimeout(() => this.#tell(running, 'SPENT'), Math.random() * terms.inattention).unref();
  }

  /** Workers that take requests. */
  get serving(): number {
    return [...this.#running.values()].filter(({ ref }) => ref.getSnapshot().matches('serving')).length;
  }

  /** In the order started. */
  get processes(): readonly ServerProcessView[] {
    return [...this.#running].map(([process, { host, ref }]) => {
      const { threads, busy } = host.tally;
      return { process, processGroup: '', pid: host.pid, state: stateName(ref), threads, busy, served: host.served };
    });
  }

  /** Ends every process at once: for the last moment of this program. */
  killAll(): void {
    for (const { host } of this.#running.values()) host.kill();
  }

  get pids(): readonly number[] {
    return [...this.#running.values()].map(({ host }) => host.pid);
  }

  #tell({ ref }: Running, type: 'SPENT'): void {
    if (ref.getSnapshot().status === 'active') ref.send({ type });
  }

  #start({ process, terms }: WorkerInput, ref: WorkerRef): void {
    const { slotServer, log, dispatcher } = this.#options;
    const deployment = this.#deployment;
    const actors: Running['actors'] = new Map();
    const interpreter = (applicationGroup: ApplicationGroup): AnyActorRef =>
      kept(actors, `i${applicationGroup}`, () =>
        createActor(this.#interpreter, { input: { process, applicationGroup } }),
      );
    const application = (applicationGroup: ApplicationGroup, script: string): AnyActorRef =>
      kept(actors, `a${applicationGroup}\0${script}`, () =>
        createActor(this.#application, { input: { process, applicationGroup, script, onChange: 'execute-again' } }),
      );
    let failure: number | null = null;
    const listener: HostListener = {
      onSpawned: (pid) => ref.send({ type: 'SPAWNED', pid }),
      onReady: () => {
        if (failure !== null) {
          host.leave(failure, true);
          return;
        }
        ref.send({ type: 'READY' });
        if (ref.getSnapshot().matches('serving')) dispatcher.add(host);
      },
      onGone: (exit) => {
        dispatcher.remove(host);
        for (const actor of actors.values())
          if (actor.getSnapshot().status === 'active') actor.send({ type: 'PROCESS_GONE' });
        saturation.stop();
        unwatch();
        ref.send({ type: 'GONE', exit });
        this.#running.delete(process);
      },
      onSignal: (signal) => {
        const response = workerResponse(deployment, signal);
        if (response === 'abort') host.leave(1, false);
        if (response === 'finish') ref.send({ type: 'FINISH', because: 'signal' });
        if (response === 'quit') ref.send({ type: 'QUIT', because: 'signal' });
      },
      onCrossing: (crossing) => {
        if (crossing === 'saturated' || crossing === 'thread-free') saturation.changed();
        else if (crossing === 'requests-spent') ref.send({ type: 'SPENT' });
        else if (ref.getSnapshot().matches('finishing')) ref.send({ type: 'IDLE' });
      },
      onThreadFree: () => {
        if (terms.watch) running.unheard = requestEnded(terms.watch, running.unheard);
        this.#weigh(running);
        dispatcher.serveQueue();
      },
      onInterpreterNeeded: (group) => interpreter(group).send({ type: 'NEEDED' }),
      onInterpreterCreated: (group) => interpreter(group).send({ type: 'CREATED' }),
      onInterpreterDestroyed: (group) => interpreter(group).send({ type: 'DESTROYED' }),
      onLoaded: (group, script) => {
        application(group, script).send({ type: 'NEEDED' });
        application(group, script).send({ type: 'LOADED' });
      },
      onLoadFailed: (group, script, error) => {
        log('gateway', `application failed: ${error}`);
        application(group, script).send({ type: 'NEEDED' });
        application(group, script).send({ type: 'FAILED', error });
        failure ??= statusOfFailedLoad(deployment);
      },
      onScriptChanged: () => {},
      onLog: (line) => log(process, line, { level: 'error', pid: host.pid }),
    };
    const heart =
      terms.watch?.of === 'main-loop' ? new ProcessWatch({ ...noDeadlines, deadlockTimeout: terms.watch.limit }) : null;
    const host = new ServerProcessHost(
      workerHostSettings(process, terms, { ...this.#options, deployment }),
      slotServer,
      listener,
      heart,
    );
    const allowance = terms.allowance === 0 ? 0 : terms.allowance + Math.floor(Math.random() * (terms.jitter + 1));
    const running: Running = { host, ref, terms, actors, allowance, given: 0, unheard: { since: null }, memory: null };
    this.#running.set(process, running);
    this.#byHost.set(host, running);
    const unwatch =
      terms.watch || isLimited(terms.evilMemory) ? this.#monitor.watch(() => this.#look(running)) : () => {};
    const saturation = new Saturation(
      () => !host.tally.hasFreeThread,
      (type) => ref.send({ type }),
    );
  }

  /** A request is over: has its worker grown too large? */
  #weigh(running: Running): void {
    const { host, ref, terms } = running;
    if (!isLimited(terms.memory) && !isLimited(terms.evilMemory)) return;
    const has = memoryOf(host.pid);
    running.memory = has && { rss: has.resident / megabyte, as: has.addressed / megabyte };
    const limit = running.memory && outgrown(running.memory, terms.memory);
    if (limit && ref.getSnapshot().status === 'active') ref.send({ type: 'OUTGROWN', limit });
  }

  /** As the parent does about once a second. */
  #look({ host, ref, terms: { watch, evilMemory }, unheard, memory }: Running): void {
    const state = ref.getSnapshot();
    if (!(state.matches('serving') || state.matches('finishing') || state.matches('leaving'))) return;
    const limit = memory && outgrown(memory, evilMemory);
    if (limit) ref.send({ type: 'OVERDUE', because: limit });
    if (!watch) return;
    const isOverdue =
      watch.of === 'main-loop' ? host.look() === 'DEADLOCKED' : overdueAt(watch, unheard) <= performance.now();
    if (isOverdue) ref.send({ type: 'OVERDUE', because: watch.because });
  }
}

/** In the words of a {@link ServerProcessView}. */
function stateName(ref: WorkerRef): string {
  const { value } = ref.getSnapshot();
  if (typeof value === 'object' && 'serving' in value) return value.serving;
  switch (value) {
    case 'spawning':
    case 'starting':
    case 'exited':
      return value;
    case 'finishing':
      return 'draining';
    default:
      return 'stopping';
  }
}

const megabyte = 1024 * 1024;
const isLimited = ({ rss, as }: MemoryLimits): boolean => rss > 0 || as > 0;

const noDeadlines = {
  inactivityTimeout: millis(0),
  startupTimeout: millis(0),
  deadlockTimeout: millis(0),
  requestLimit: millis(0),
  interruptTimeout: millis(0),
  judgesEachRequest: false,
  staleAge: millis(0),
};

function kept(actors: Running['actors'], name: string, make: () => AnyActorRef): AnyActorRef {
  const known = actors.get(name);
  if (known) return known;
  const made = make();
  actors.set(name, made);
  made.start();
  return made;
}
