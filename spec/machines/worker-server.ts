/**
 * The lifecycle of a whole server of workers, whichever server it is: the machine of its parent, with the effects that a
 * world gives it. Simulator and gateway run the same.
 */
import { type ActorRefFrom, createActor } from 'xstate';
import type { WorkerDeployment } from '../deployment.ts';
import type { ServerSignal } from '../trace.ts';
import { assertNever, type ProcessId } from '../vocabulary.ts';
import { arbiterMachine } from './arbiter.ts';
import { type GunicornEvent, gunicornMachine } from './gunicorn.ts';
import { type MasterEvent, masterMachine } from './master.ts';
import type { Clock } from './timers.ts';
import type { workerMachine } from './worker.ts';
import { workerPoolMachine } from './worker-pool.ts';
import { arbiterPlan, masterlessPlan, masterPlan, type PoolPlan, plainPlan, type WorkerPlan } from './worker-terms.ts';

export type WorkerServer =
  | ActorRefFrom<typeof gunicornMachine>
  | ActorRefFrom<typeof masterMachine>
  | ActorRefFrom<typeof workerPoolMachine>;

/** A parent that waits for its applications to be loaded. */
export interface Loader {
  send(event: { readonly type: 'LOADED' } | { readonly type: 'LOAD_FAILED' }): void;
}

export interface WorkerEffects {
  /** With effects of its own. */
  readonly worker: typeof workerMachine;
  /** Of the arbiters of a gunicorn each opens and closes the sockets for itself. */
  openListeners(): void;
  closeListeners(): void;
  /** Loads the applications in the parent, and tells it. */
  loadApplications(loader: Loader): void;
  /** Whether the parent is to load them; the plan says `preloads`. */
  loadsBeforeFork(preloads: boolean): boolean;
  /** Those of some workers that take requests and run none, the oldest first. */
  idle(workers: readonly ProcessId[]): readonly ProcessId[];
}

/** @param clock - Accepts infinite timers: {@link patientClock}. */
export function createWorkerServer(deployment: WorkerDeployment, effects: WorkerEffects, clock: Clock): WorkerServer {
  const actors = { worker: effects.worker };
  const actions = {
    openListeners: () => effects.openListeners(),
    closeListeners: () => effects.closeListeners(),
    loadApplications: ({ self }: { readonly self: Loader }) => effects.loadApplications(self),
  };
  const planned = <P extends WorkerPlan>(plan: P): P => ({ ...plan, preloads: effects.loadsBeforeFork(plan.preloads) });
  const pool = (plan: PoolPlan): WorkerServer =>
    createActor(workerPoolMachine.provide({ actors, actions }), { input: { plan: planned(plan) }, clock });
  switch (deployment.kind) {
    case 'gunicorn': {
      const arbiter = arbiterMachine.provide({ actors, actions });
      const plan = planned(arbiterPlan(deployment));
      return createActor(gunicornMachine.provide({ actors: { arbiter } }), { input: { plan }, clock });
    }
    case 'uwsgi': {
      if (!deployment.master) return pool(masterlessPlan(deployment));
      const machine = masterMachine.provide({
        actors,
        actions: {
          ...actions,
          takeStock: ({ context, self }) => {
            const workers = [...context.brood.workers.keys()];
            const idle = effects.idle(workers);
            self.send({ type: 'STOCK', busy: workers.length - idle.length, idle });
          },
        },
      });
      return createActor(machine, { input: { plan: planned(masterPlan(deployment)) }, clock });
    }
    case 'plain':
      return pool(plainPlan(deployment));
    default:
      return assertNever(deployment);
  }
}

/**
 * The configuration was read again, and the server is about to be told to go on with it. One that cannot, a server without
 * a parent, goes on as it was.
 */
export function configureWorkers(server: WorkerServer, deployment: WorkerDeployment, effects: WorkerEffects): void {
  const parent = server as { send(event: Configured): void };
  const planned = <P extends WorkerPlan>(plan: P): P => ({ ...plan, preloads: effects.loadsBeforeFork(plan.preloads) });
  if (deployment.kind === 'gunicorn') parent.send({ type: 'CONFIGURED', plan: planned(arbiterPlan(deployment)) });
  if (deployment.kind === 'uwsgi' && deployment.master)
    parent.send({ type: 'CONFIGURED', plan: planned(masterPlan(deployment)) });
}

/** Each server gets that of its own kind: the kind of a deployment does not change while its server runs. */
type Configured = Extract<GunicornEvent | MasterEvent, { readonly type: 'CONFIGURED' }>;

/**
 * Whether a server reads its configuration again at a signal.
 * Sources: gunicorn 20.1, arbiter.py, reload and reexec; uWSGI 2.0, core/uwsgi.c, uwsgi_reload: execvp.
 */
export function readsAgainAt(deployment: WorkerDeployment, signal: ServerSignal): boolean {
  switch (deployment.kind) {
    case 'gunicorn':
      return signal === 'SIGHUP' || signal === 'SIGUSR2';
    case 'uwsgi':
      if (!deployment.master || deployment.exitOnReload) return false;
      return (signal === 'SIGHUP' && !deployment.lazy) || signal === (deployment.dieOnTerm ? 'SIGQUIT' : 'SIGTERM');
    case 'plain':
      return false;
    default:
      return assertNever(deployment);
  }
}

/** What the server is doing: `starting`, `running`, … Of several arbiters, what the first one does that does not run. */
export function stateOfWorkers(server: WorkerServer): string {
  const snapshot = server.getSnapshot();
  if (snapshot.status === 'done') return 'stopped';
  if (!('arbiters' in snapshot.context)) return nameOf(snapshot.value);
  const states = snapshot.context.arbiters.map((arbiter) => nameOf(arbiter.getSnapshot().value));
  return states.find((state) => state !== 'running') ?? 'running';
}

const nameOf = (value: object | string): string =>
  typeof value === 'string' ? value : (Object.keys(value)[0] ?? 'starting');
