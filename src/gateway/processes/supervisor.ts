/**
 * Gives the lifecycle machines real effects: their processes are CPython processes, their timers real time. Every
 * decision about starting, replacing, draining and ending is the machines'; here is only what carries it out.
 */
import { type ActorRefFrom, createActor } from 'xstate';
import type { ApacheDeployment } from '../../../spec/deployments/apache.ts';
import type { Crossing } from '../../../spec/dispatch/thread-tally.ts';
import { applicationMachine } from '../../../spec/machines/application.ts';
import { interpreterMachine } from '../../../spec/machines/interpreter.ts';
import { processGroupMachine, type Retry } from '../../../spec/machines/process-group.ts';
import type { GroupPlan } from '../../../spec/machines/process-terms.ts';
import { serverMachine } from '../../../spec/machines/server.ts';
import { type ServerProcessInput, serverProcessMachine } from '../../../spec/machines/server-process.ts';
import { patientClock } from '../../../spec/machines/timers.ts';
import { isDeaf } from '../../../spec/serving/child-signals.ts';
import { shutdownReason } from '../../../spec/serving/shutdown-reason.ts';
import type { Happening } from '../../../spec/trace.ts';
import type { ApplicationGroup, ProcessGroupName, ProcessId } from '../../../spec/vocabulary.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Dispatchers } from '../dispatch/dispatchers.ts';
import type { SlotConnection } from '../dispatch/slot-connection.ts';
import type { SlotServer } from '../dispatch/slot-server.ts';
import type { LogOrigin } from '../logs/error-log.ts';
import type { Children } from './children.ts';
import { endingLine } from './ending-lines.ts';
import { hostSettings } from './host-settings.ts';
import { Monitor } from './monitor.ts';
import { ProcessWatch } from './process-watch.ts';
import { Saturation } from './saturation.ts';
import { type HostListener, ServerProcessHost } from './server-process-host.ts';

export interface SupervisorOptions {
  readonly deployment: ApacheDeployment;
  /** The groups that are run, a part of the deployment's. */
  readonly plans: readonly GroupPlan[];
  readonly dispatchers: Pick<Dispatchers, 'get'>;
  readonly children: Children;
  /** The Python of every group without a `python-home`. */
  readonly python: string;
  readonly slotServer: SlotServer;
  /** Files that stand for scripts. */
  readonly fileOf: (script: string) => string;
  readonly observe: (happening: Happening) => void;
  readonly log: (source: string, line: string, origin?: LogOrigin) => void;
  /** After a restart connections may be taken again. */
  readonly onAcceptAgain: () => void;
  readonly onClose: () => void;
  /** Whether no connection is open. */
  readonly connectionsOver: () => boolean;
}

/** One server process as it is at this moment. */
export interface ServerProcessView {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  /** 0 while the operating system has not started it. */
  readonly pid: number;
  /** The state of its machine: `spawning`, `starting`, `accepting`, `saturated`, `draining`, `stopping`. */
  readonly state: string;
  readonly threads: number;
  readonly busy: number;
  readonly served: number;
}

export type ServerRef = ActorRefFrom<typeof serverMachine>;
type ProcessRef = ActorRefFrom<typeof serverProcessMachine>;

/** The parts of one running process that the gateway keeps. */
interface Running {
  readonly host: ServerProcessHost;
  readonly processGroup: ProcessGroupName;
  readonly ref: ProcessRef;
  readonly interpreters: Map<ApplicationGroup, ActorRefFrom<typeof interpreterMachine>>;
  readonly applications: Map<string, ActorRefFrom<typeof applicationMachine>>;
  /** What is kept for its deadlines; null where it has none. */
  readonly watch: ProcessWatch | null;
  isDraining: boolean;
}

export class Supervisor {
  readonly server: ServerRef;
  readonly #options: SupervisorOptions;
  /** What processes that are started now are started for. */
  #deployment: ApacheDeployment;
  readonly #running = new Map<ProcessId, Running>();
  readonly #monitor = new Monitor();
  // Made once: providing effects copies the whole machine.
  readonly #interpreterMachine: typeof interpreterMachine;
  readonly #applicationMachine: typeof applicationMachine;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#deployment = options.deployment;
    const { observe } = options;
    this.#interpreterMachine = interpreterMachine.provide({
      actions: {
        create: ({ context }) => this.#running.get(context.process)?.host.createInterpreter(context.applicationGroup),
        report: (_, happening) => observe(happening),
      },
    });
    this.#applicationMachine = applicationMachine.provide({
      actions: {
        replaceProcess: ({ context }) => this.#running.get(context.process)?.ref.send({ type: 'SCRIPT_CHANGED' }),
        report: (_, happening) => observe(happening),
      },
    });
    const serverProcess = serverProcessMachine.provide({
      actions: {
        spawn: ({ context, self }) => this.#start(context, self as ProcessRef),
        beginDraining: ({ context }, { accepts }) => {
          const running = this.#running.get(context.process);
          if (!running) return;
          running.isDraining = true;
          if (!accepts) this.#dispatcher(context.processGroup)?.remove(running.host);
        },
        stopAccepting: ({ context }) => {
          const running = this.#running.get(context.process);
          if (running) this.#dispatcher(context.processGroup)?.remove(running.host);
        },
        requestShutdown: ({ context }) => {
          const running = this.#running.get(context.process);
          for (const interpreter of running?.interpreters.values() ?? []) interpreter.send({ type: 'FINALIZE' });
          // Source: httpd 2.4, worker.c and event.c, close_worker_sockets; a prefork child is gone at once.
          if (running && context.terms.kind === 'child' && !hearsNothing(running)) options.children.close(running.host);
          running?.host.shutdown(
            shutdownReason(context.because ?? 'crash', context.signal, options.deployment.server.modWsgi),
          );
        },
        forceExit: ({ context }) => this.#running.get(context.process)?.host.kill(),
        report: (_, happening) => {
          this.#logEnding(happening);
          observe(happening);
        },
      },
      guards: { isIdle: ({ context }) => this.#running.get(context.process)?.host.isIdle ?? true },
    });
    // A child that finishes its requests hears no more of its end. Source: rule MPM-STOP-02.
    const hearsNothing = ({ isDraining, host }: Running): boolean =>
      isDraining && !host.isIdle && isDeaf(options.deployment.server.mpm);
    const processGroup = processGroupMachine.provide({
      actors: { serverProcess },
      actions: {
        tellOfRetry: (_, retry) => {
          if (retry.failures > 0) options.log('gateway', retryText(retry));
        },
        takeStock: ({ context, self }) => {
          // The threads of a child that goes are no spare ones, whoever told it. Source: httpd 2.4, `quiescing` in
          // perform_idle_server_maintenance.
          let idleThreads = 0;
          const partlyGone: ProcessId[] = [];
          for (const [id, { isLeaving, ref }] of context.members) {
            const state = ref.getSnapshot();
            const goes = isLeaving || state.matches('draining') || state.matches('stopping');
            const idle = this.#running.get(id)?.host.tally.idle ?? context.plan.terms.threads;
            if (!goes) idleThreads += idle;
            else if (idle > 0) partlyGone.push(id);
          }
          self.send({ type: 'STOCK', idleThreads, partlyGone });
        },
      },
    });
    this.server = createActor(
      serverMachine.provide({
        actors: { processGroup },
        actions: {
          closeListeners: options.onClose,
          closeConnections: () =>
            options.children.closeConnections(
              new Set([...this.#running.values()].filter(hearsNothing).map(({ host }) => host)),
            ),
          hangUpDaemons: () => this.#hangUpDaemons(),
          acceptAgain: options.onAcceptAgain,
        },
        guards: {
          connectionsOver: options.connectionsOver,
          // A child of prefork is gone at once, whatever it waits for.
          forwardsOver: () => !isDeaf(options.deployment.server.mpm) || this.#forwardsAreOver,
        },
      }),
      {
        input: {
          plans: options.plans,
          gracefulShutdownTimeout: options.deployment.children.gracefulShutdownTimeout,
          mpm: options.deployment.server.mpm,
        },
        clock: patientClock({ setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) }),
      },
    );
  }

  /** Ends every process and starts those of another configuration. */
  restart(deployment: ApacheDeployment, plans: readonly GroupPlan[], signal: 'SIGUSR1' | 'SIGHUP'): void {
    this.#deployment = deployment;
    this.server.send({
      type: signal === 'SIGUSR1' ? 'GRACEFUL_RESTART' : 'RESTART',
      to: {
        plans,
        gracefulShutdownTimeout: deployment.children.gracefulShutdownTimeout,
        mpm: deployment.server.mpm,
      },
    });
  }

  /** A thread connected: it belongs to an interpreter of a running process. */
  addSlot(process: ProcessId, group: ApplicationGroup, connection: SlotConnection): void {
    const running = this.#running.get(process);
    if (running) running.host.addSlot(group, connection);
    else connection.socket.destroy();
  }

  /** A request found another modification time than that of the loading. */
  scriptChanged(process: ProcessId, group: ApplicationGroup, script: string): void {
    const running = this.#running.get(process);
    if (running) this.#application(running, group, script).send({ type: 'SCRIPT_CHANGED' });
  }

  loaded(process: ProcessId, group: ApplicationGroup, script: string, again: boolean): void {
    const running = this.#running.get(process);
    if (!running) return;
    const application = this.#application(running, group, script);
    application.send({ type: again ? 'SCRIPT_CHANGED' : 'NEEDED' });
    application.send({ type: 'LOADED' });
    running.watch?.scriptLoaded(group, script);
  }

  loadFailed(process: ProcessId, group: ApplicationGroup, script: string, error: string): void {
    const running = this.#running.get(process);
    if (!running) return;
    const application = this.#application(running, group, script);
    application.send({ type: 'NEEDED' });
    application.send({ type: 'FAILED', error });
  }

  #hangUpDaemons(): void {
    for (const { host, processGroup } of this.#running.values()) if (processGroup !== '') host.hangUp();
  }

  /** Ends every process at once: for the last moment of this program. */
  killAll(): void {
    for (const { host } of this.#running.values()) host.kill();
  }

  get pids(): readonly number[] {
    return [...this.#running.values()].map(({ host }) => host.pid);
  }

  /** In the order started. */
  get processes(): readonly ServerProcessView[] {
    return [...this.#running].map(([process, { host, processGroup, ref }]) => {
      const { threads, busy } = host.tally;
      const { served } = host;
      return { process, processGroup, pid: host.pid, state: stateName(ref), threads, busy, served };
    });
  }

  /** Who brings work to the processes of a group. */
  #dispatcher(group: ProcessGroupName): Pick<Dispatcher, 'add' | 'remove' | 'serveQueue'> | undefined {
    return group === '' ? this.#options.children : this.#options.dispatchers.get(group);
  }

  #start({ process, processGroup, terms, beside }: ServerProcessInput, ref: ProcessRef): void {
    const { slotServer, log } = this.#options;
    const interpreters: Running['interpreters'] = new Map();
    const interpreter = (group: ApplicationGroup) => {
      const known = interpreters.get(group);
      if (known) return known;
      const actor = createActor(this.#interpreterMachine, { input: { process, applicationGroup: group } }).start();
      interpreters.set(group, actor);
      return actor;
    };
    const listener: HostListener = {
      onSpawned: (pid) => ref.send({ type: 'SPAWNED', pid }),
      onReady: () => {
        ref.send({ type: 'READY' });
        if (ref.getSnapshot().matches('serving')) this.#dispatcher(processGroup)?.add(running.host);
      },
      onGone: (exit) => {
        this.#dispatcher(processGroup)?.remove(running.host);
        if (processGroup === '') this.#options.children.close(running.host);
        for (const actor of [...interpreters.values(), ...running.applications.values()])
          actor.send({ type: 'PROCESS_GONE' });
        saturation.stop();
        unwatch();
        ref.send({ type: 'GONE', exit });
        this.#running.delete(process);
        // Another child may have shared its slot.
        this.#dispatcher(processGroup)?.serveQueue();
        this.#lookAtForwards();
      },
      onSignal: (signal) => {
        if (processGroup !== '' || !isDeaf(this.#options.deployment.server.mpm)) ref.send({ type: 'SIGNAL', signal });
      },
      onCrossing: (crossing) => {
        if (crossing === 'saturated' || crossing === 'thread-free') saturation.changed();
        else if (crossing !== 'idle' || running.isDraining) ref.send(crossingEvents[crossing]);
      },
      onThreadFree: () => {
        this.#dispatcher(processGroup)?.serveQueue();
        this.#lookAtForwards();
      },
      onInterpreterNeeded: (group) => interpreter(group).send({ type: 'NEEDED' }),
      onInterpreterCreated: (group) => interpreter(group).send({ type: 'CREATED' }),
      onInterpreterDestroyed: (group) => {
        interpreter(group).send({ type: 'DESTROYED' });
        interpreters.delete(group);
      },
      onLoaded: (group, script, again) => this.loaded(process, group, script, again),
      onLoadFailed: (group, script, error) => this.loadFailed(process, group, script, error),
      onScriptChanged: (group, script) => this.scriptChanged(process, group, script),
      // What an application writes to its error stream is logged as an error. Source: mod_wsgi, Log_output.
      onLog: (line, group) =>
        log(group === undefined ? process : `${process} ${group || '%{GLOBAL}'}`, line, {
          level: 'error',
          pid: running.host.pid,
        }),
    };
    const watch = terms.watch && new ProcessWatch(terms.watch);
    const host = new ServerProcessHost(
      hostSettings(process, processGroup, {
        ...this.#options,
        deployment: this.#deployment,
        isServerStarting: this.server.getSnapshot().matches('starting'),
      }),
      slotServer,
      listener,
      watch,
      beside.flatMap((one) => this.#running.get(one)?.host ?? []),
    );
    const running: Running = {
      host,
      processGroup,
      ref,
      watch,
      interpreters,
      applications: new Map(),
      isDraining: false,
    };
    const unwatch = watch ? this.#monitor.watch(() => this.#look(running)) : () => {};
    const saturation = new Saturation(
      () => !host.tally.hasFreeThread,
      (type) => ref.send({ type }),
    );
    this.#running.set(process, running);
  }

  /** Where the parent waits for its children, which wait for daemon processes. */
  #lookAtForwards(): void {
    const state = this.server.getSnapshot();
    const waits = state.matches({ restarting: 'endingChildren' }) || state.matches({ stopping: 'endingChildren' });
    if (waits && this.#forwardsAreOver) this.server.send({ type: 'FORWARDS_OVER' });
  }

  get #forwardsAreOver(): boolean {
    return [...this.#running.values()].every(({ host }) => host.tally.busy === 0);
  }

  /** As mod_wsgi's monitor: from the moment a process takes requests until it is told to stop. */
  #look({ host, ref }: Running): void {
    const state = ref.getSnapshot();
    if (!state.matches('serving') && !state.matches('draining')) return;
    const due = host.look();
    if (due !== null) ref.send({ type: due });
  }

  #logEnding(happening: Happening): void {
    if (happening.kind !== 'process.draining' && happening.kind !== 'process.stopping') return;
    const running = this.#running.get(happening.process);
    if (!running || running.processGroup === '') return;
    const { host, processGroup, isDraining } = running;
    // What else may end the wait tells of itself.
    if (isDraining && !host.isIdle) return;
    const waits = happening.kind === 'process.draining';
    const line = endingLine(host.pid, processGroup, happening.because, waits, isDraining);
    if (line !== null) this.#options.log(happening.process, line);
  }

  #application(running: Running, applicationGroup: ApplicationGroup, script: string) {
    const key = `${applicationGroup}\0${script}`;
    const known = running.applications.get(key);
    if (known) return known;
    const actor = createActor(this.#applicationMachine, {
      input: {
        process: running.host.settings.process,
        applicationGroup,
        script,
        onChange: running.processGroup === '' ? 'execute-again' : 'replace-process',
      },
    }).start();
    running.applications.set(key, actor);
    return actor;
  }
}

/** Below `serving` lie the states that say something; below the others lie only their timers. */
function stateName(ref: ProcessRef): string {
  const { value } = ref.getSnapshot();
  if (typeof value === 'string') return value;
  return 'serving' in value ? value.serving : (Object.keys(value)[0] ?? '');
}

function retryText({ processGroup, process, wasReady, failures, delay }: Retry): string {
  const where = processGroup === '' ? 'the children' : `process group ${processGroup}`;
  const what = wasReady ? 'ended as soon as it was ready' : 'ended before it was ready';
  const row = failures === 1 ? '' : `, ${failures} in a row`;
  return `${where}: ${process} ${what}${row}; the next is started in ${delay / 1000} s`;
}

const crossingEvents = {
  'requests-spent': { type: 'SPENT' },
  idle: { type: 'IDLE' },
} as const satisfies Partial<Record<Crossing, { type: string }>>;
