/**
 * Gives the lifecycle machines virtual effects: their processes are simulated, their timers virtual time. When to start,
 * replace, drain and end is the machines' decision.
 */
import { type ActorRefFrom, createActor } from 'xstate';
import { processGroupMachine } from '../../spec/machines/process-group.ts';
import { groupPlans } from '../../spec/machines/process-terms.ts';
import { serverMachine } from '../../spec/machines/server.ts';
import { serverProcessMachine } from '../../spec/machines/server-process.ts';
import { patientClock } from '../../spec/machines/timers.ts';
import type { ProcessGroupName, ProcessId } from '../../spec/vocabulary.ts';
import type { Universe } from './universe.ts';
import { type ProcessListener, type ProcessRef, VirtualProcess } from './virtual-process.ts';

export class Supervision {
  readonly server: ActorRefFrom<typeof serverMachine>;
  readonly #processes = new Map<ProcessId, VirtualProcess>();
  readonly #started = new Map<ProcessGroupName, number>();
  #lastPid: number;

  /** @param listener - Made with the processes that are alive, in the order started. */
  constructor(universe: Universe, listener: (processes: ReadonlyMap<ProcessId, VirtualProcess>) => ProcessListener) {
    const { clock, deployment, decisions, chance } = universe;
    const inner = listener(this.#processes);
    const told: ProcessListener = {
      onListening: (isOpen) => inner.onListening(isOpen),
      onConnectionsClosed: () => inner.onConnectionsClosed(),
      onVacancy: (process) => inner.onVacancy(process),
      onStopping: (process) => inner.onStopping(process),
      onEnd: (process) => {
        this.#processes.delete(process.id);
        inner.onEnd(process);
      },
    };
    this.#lastPid = chance.between(1000, 9999);
    const nextPid = (): number => {
      this.#lastPid += chance.between(1, 3);
      return this.#lastPid;
    };
    const of = (process: ProcessId): VirtualProcess | undefined => this.#processes.get(process);
    const serverProcess = serverProcessMachine.provide({
      actions: {
        spawn: ({ context, self }) => {
          const { process, processGroup } = context;
          const serial = (this.#started.get(processGroup) ?? 0) + 1;
          this.#started.set(processGroup, serial);
          if (!decisions.starts({ processGroup, serial })) return;
          const beganWithServer = this.server.getSnapshot().matches('starting');
          const beside = context.beside.flatMap((one) => of(one) ?? []);
          const input = { ...context, serial, beganWithServer, beside };
          const made = new VirtualProcess(input, universe, self as ProcessRef, told);
          this.#processes.set(process, made);
          made.start(nextPid());
        },
        beginDraining: ({ context }, { accepts }) => of(context.process)?.beginDraining(accepts),
        stopAccepting: ({ context }) => of(context.process)?.stopAccepting(),
        requestShutdown: ({ context }) => of(context.process)?.shutDown(),
        // The server kills; a daemon process that waited for its shutdown-timeout exits with -1 by itself.
        forceExit: ({ context: { process, because } }) =>
          of(process)?.end(
            because === 'server-stop' || because === 'server-restart'
              ? { kind: 'killed', by: 'SIGKILL' }
              : { kind: 'returned', code: 255 },
          ),
        report: (_, happening) => universe.record(happening),
      },
      guards: { isIdle: ({ context }) => of(context.process)?.isIdle ?? true },
    });
    const processGroup = processGroupMachine.provide({
      actors: { serverProcess },
      actions: {
        takeStock: ({ context, self }) => {
          const processes = [...context.members.keys()].flatMap((process) => of(process) ?? []);
          const idleThreads = processes.reduce((sum, process) => sum + process.idleThreads, 0);
          const partlyGone = processes.filter((process) => process.isPartlyGone).map(({ id }) => id);
          self.send({ type: 'STOCK', idleThreads, partlyGone });
        },
      },
    });
    const machine = serverMachine.provide({
      actors: { processGroup },
      actions: {
        openListeners: () => inner.onListening(true),
        closeListeners: () => inner.onListening(false),
        closeConnections: () => inner.onConnectionsClosed(),
        hangUpDaemons: () => {
          for (const process of this.#processes.values()) if (process.kind === 'daemon') process.signal('SIGHUP');
        },
      },
    });
    this.server = createActor(machine, {
      input: {
        plans: groupPlans(deployment),
        gracefulShutdownTimeout: deployment.children.gracefulShutdownTimeout,
        mpm: deployment.server.mpm,
      },
      clock: patientClock(clock),
    });
  }

  get isRunning(): boolean {
    return this.server.getSnapshot().matches('running');
  }

  get isStopped(): boolean {
    return this.server.getSnapshot().status === 'done';
  }

  /** No process is on its way up. */
  get isSettled(): boolean {
    return ![...this.#processes.values()].some((process) => process.isStarting);
  }

  /** Processes of a group that are ready and not told to stop. */
  serving(processGroup: ProcessGroupName): number {
    return [...this.#processes.values()].filter((p) => p.processGroup === processGroup && p.isServing).length;
  }

  get processes(): Iterable<VirtualProcess> {
    return this.#processes.values();
  }
}
