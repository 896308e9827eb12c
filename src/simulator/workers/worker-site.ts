/**
 * A server of workers in virtual time: gives its lifecycle machines virtual effects. When to start, replace, finish and end
 * is the machines' decision.
 */
import type { AnyActorRef } from 'xstate';
import { applicationsOf, type WorkerDeployment } from '../../../spec/deployment.ts';
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import { patientClock } from '../../../spec/machines/timers.ts';
import { workerMachine } from '../../../spec/machines/worker.ts';
import type { WorkerRef } from '../../../spec/machines/worker-parent.ts';
import {
  createWorkerServer,
  type Loader,
  stateOfWorkers,
  type WorkerServer,
} from '../../../spec/machines/worker-server.ts';
import { interpreterOf } from '../../../spec/routing/worker-route.ts';
import type { Mark, ServerSignal } from '../../../spec/trace.ts';
import { assertNever, type ProcessId, processId, type Signal } from '../../../spec/vocabulary.ts';
import { workersOf } from '../../../spec/workers.ts';
import type { Errand } from '../journey.ts';
import type { Site } from '../site.ts';
import { durations, type Universe } from '../universe.ts';
import { type Inherited, WorkerProcess } from './worker-process.ts';
import { type WorkerJourney, WorkerTraffic } from './worker-traffic.ts';

export class WorkerSite implements Site<WorkerJourney> {
  readonly universe: Universe<WorkerDeployment>;
  readonly patience: number;
  readonly #server: WorkerServer;
  readonly #traffic: WorkerTraffic;
  readonly #processes = new Map<ProcessId, WorkerProcess>();
  /** What workers that are forked now are copies of; null where they load for themselves. */
  #preloaded: Inherited | null = null;
  /** How often a parent loaded the applications. */
  #preloads = 0;
  /** The first parent; a master stays the same process when it is executed anew. */
  readonly #parent: Mark;
  /** It ended before it listened. */
  readonly #isRefused: boolean;
  #listeners = 0;
  #serial = 0;
  #lastPid: number;

  constructor(universe: Universe<WorkerDeployment>) {
    this.universe = universe;
    this.patience = patienceFor(universe.deployment);
    this.#isRefused = universe.decisions.refusesToStart(universe.deployment);
    this.#traffic = new WorkerTraffic(universe, this.#processes);
    this.#lastPid = universe.chance.between(1000, 9999);
    this.#parent = universe.markOf(this.#lastPid, universe.clock.now());
    this.#server = createWorkerServer(
      universe.deployment,
      {
        worker: this.#workerMachine(),
        openListeners: () => this.#listen(1),
        closeListeners: () => this.#listen(-1),
        loadApplications: (loader) => this.#preload(loader),
        loadsBeforeFork: (preloads) => universe.decisions.loadsBeforeFork(universe.deployment, preloads),
        idle: (workers) =>
          workers.filter((id) => {
            const process = this.#processes.get(id);
            return process?.isServing && process.isIdle;
          }),
      },
      patientClock(universe.clock),
    );
    const server: AnyActorRef = this.#server;
    server.subscribe({ complete: () => this.#traffic.onOver() });
  }

  get isRunning(): boolean {
    return stateOfWorkers(this.#server) === 'running';
  }

  get isStopped(): boolean {
    return this.#isRefused || this.#server.getSnapshot().status === 'done';
  }

  get isSettled(): boolean {
    return this.isStopped || (this.isRunning && ![...this.#processes.values()].some((process) => process.isStarting));
  }

  start(): void {
    if (!this.#isRefused) this.#server.start();
  }

  /** As whoever ends a test would. */
  stop(): void {
    const { deployment } = this.universe;
    this.#server.send({ type: 'SIGNAL', signal: deployment.kind === 'uwsgi' ? 'SIGINT' : 'SIGTERM' });
    // After SIGUSR2 the second arbiter is still there.
    this.universe.clock.runUntil(() => this.isStopped || this.isRunning, this.patience);
    if (!this.isStopped) this.#server.send({ type: 'SIGNAL', signal: 'SIGTERM' });
  }

  send(errand: Errand): WorkerJourney {
    return this.#traffic.send(errand);
  }

  fileChanged(script: string, what: 'script' | 'module'): void {
    const { deployment, decisions, clock } = this.universe;
    const isScript = applicationsOf(deployment).some((application) => application.script === script);
    const file = what === 'script' ? script : `${script}.module.py`;
    const because = decisions.onWatchedFile(deployment, file, isScript);
    if (because === null) return;
    // Somebody looks about once a second.
    clock.setTimeout(() => {
      if (!this.isStopped) this.#server.send({ type: 'TOUCHED', because });
    }, this.universe.takes(untilTheNextLook));
  }

  signalProcess({ observedBy }: WorkerJourney, signal: Signal): void {
    if (observedBy && !observedBy.isGone) observedBy.signal(signal);
  }

  signalServer(signal: ServerSignal): (() => boolean) | null {
    const { deployment, decisions } = this.universe;
    const understood = decisions.parentUnderstands(deployment, signal);
    if (understood === null || this.isStopped) return null;
    this.#server.send({ type: 'SIGNAL', signal: understood });
    return () => this.isStopped || this.isRunning;
  }

  isReplaced({ lastIn }: WorkerJourney): boolean {
    if (!lastIn) return true;
    const { areReplaced, processes } = workersOf(this.universe.deployment);
    const serving = [...this.#processes.values()].filter((process) => process.isServing).length;
    return lastIn.isGone && serving >= (areReplaced ? processes.min : 0);
  }

  whereabouts({ id, server, observedBy }: WorkerJourney): string {
    if (observedBy) return `${id} is held in ${observedBy.id}`;
    return server ? `${id} is in ${server.process.id}` : `${id} waits for a worker`;
  }

  #workerMachine(): typeof workerMachine {
    const { decisions } = this.universe;
    const of = (process: ProcessId): WorkerProcess | undefined => this.#processes.get(process);
    return workerMachine.provide({
      actions: {
        spawn: ({ context: { process, terms }, self }) => {
          const serial = ++this.#serial;
          if (!decisions.starts({ processGroup: '', serial })) return;
          const input = { process, terms, serial, inherited: this.#preloaded };
          const made = new WorkerProcess(input, this.universe, self as WorkerRef, {
            onVacancy: (one) => this.#traffic.onVacancy(one),
            onStopping: (one) => this.#traffic.onStopping(one),
            onEnd: (one) => {
              this.#processes.delete(one.id);
              this.#traffic.onEnd(one);
            },
          });
          this.#processes.set(process, made);
          this.#lastPid += this.universe.chance.between(1, 3);
          made.start(this.#lastPid);
        },
        stopAccepting: ({ context }) => of(context.process)?.stopAccepting(),
        leave: ({ context }) => of(context.process)?.leave(),
        abort: ({ context }) => of(context.process)?.abort(),
        forceExit: ({ context }) => of(context.process)?.end({ kind: 'killed', by: 'SIGKILL' }),
        report: (_, happening) => this.universe.record(happening),
      },
      guards: { isIdle: ({ context }) => of(context.process)?.isIdle ?? true },
    });
  }

  /** Two arbiters may have the sockets open. */
  #listen(change: 1 | -1): void {
    const isGunicorn = this.universe.deployment.kind === 'gunicorn';
    this.#listeners = Math.max(0, isGunicorn ? this.#listeners + change : change);
    this.#traffic.onListening(this.#listeners > 0);
  }

  /** The parent loads one application after the other. */
  #preload(loader: Loader): void {
    const { deployment, clock, decisions } = this.universe;
    const process = processId(deployment.kind === 'gunicorn' ? 'arbiter' : 'master', ++this.#preloads);
    const loaded = new Set<WorkerApplication>();
    const by =
      deployment.kind === 'gunicorn' && this.#preloads > 1
        ? this.universe.markOf(++this.#lastPid, clock.now())
        : this.#parent;
    const load = ([next, ...rest]: readonly WorkerApplication[]): void => {
      if (!next) {
        this.#preloaded = { applications: loaded, by };
        loader.send({ type: 'LOADED' });
        return;
      }
      const { script } = next;
      const where = { process, applicationGroup: interpreterOf(deployment, next), script };
      clock.setTimeout(() => {
        this.universe.whenMended(script, () => {
          const damage = this.universe.damageOf(script);
          if (damage === 'exits') {
            loader.send({ type: 'LOAD_FAILED' });
            return;
          }
          if (damage !== 'raises') {
            this.universe.record({ kind: 'application.loaded', ...where });
            loaded.add(next);
            load(rest);
            return;
          }
          this.universe.record({ kind: 'application.failed', ...where, error: `${script} is broken` });
          if (decisions.statusOfFailedLoad(deployment) === null) load(rest);
          else loader.send({ type: 'LOAD_FAILED' });
        });
      }, this.universe.takes(durations.loadScript));
    };
    load(applicationsOf(deployment));
  }
}

/** How long it takes until somebody looks at a file again, in ms. */
const untilTheNextLook = [1, 1000] as const;

function patienceFor(deployment: WorkerDeployment): number {
  switch (deployment.kind) {
    case 'gunicorn':
      return 60_000 + deployment.timeout + deployment.gracefulTimeout;
    case 'uwsgi':
      return (
        60_000 +
        deployment.workerReloadMercy +
        deployment.harakiri +
        deployment.minWorkerLifetime +
        deployment.maxWorkerLifetime
      );
    case 'plain':
      return 60_000;
    default:
      return assertNever(deployment);
  }
}
