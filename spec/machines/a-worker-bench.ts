/**
 * A parent of workers on a bench, for tests: its workers are started, made ready and ended by hand, and do what they are
 * asked at once where nothing keeps them.
 */
import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { Exit, Happening, ServerSignal } from '../trace.ts';
import { fromSeconds, millis, type ProcessId } from '../vocabulary.ts';
import { patientClock } from './timers.ts';
import { workerMachine } from './worker.ts';
import type { WorkerTerms } from './worker-terms.ts';

export const plainTerms: WorkerTerms = {
  kind: 'worker',
  threads: 2,
  allowance: 0,
  jitter: 0,
  countsOn: 'completion',
  inattention: millis(0),
  minLifetime: millis(0),
  maxLifetime: millis(0),
  mercy: fromSeconds(60),
  afterMercy: 'is-killed',
  quits: 'at-once',
  watch: null,
  memory: { rss: 0, as: 0 },
  evilMemory: { rss: 0, as: 0 },
};

type Ref = ActorRefFrom<typeof workerMachine>;

export class WorkerBench {
  readonly happenings: Happening[] = [];
  /** What happened to the server, in the order of time. */
  readonly asked: string[] = [];
  readonly started: ProcessId[] = [];
  /** Those that run requests. */
  readonly busy = new Set<ProcessId>();
  /** Whether whoever is started is ready at once. */
  isQuick = true;
  readonly #workers = new Map<ProcessId, Ref>();
  #parent: AnyActorRef | null = null;
  #pid = 100;

  /** The effects of the workers' machine. */
  readonly worker: typeof workerMachine = workerMachine.provide({
    actions: {
      spawn: ({ context: { process }, self }) => {
        this.started.push(process);
        this.#workers.set(process, self as Ref);
        if (this.isQuick) this.makeReady(process);
      },
      leave: ({ context }) => this.end(context.process),
      abort: ({ context }) => this.asked.push(`abort ${context.process}`),
      forceExit: ({ context }) => this.end(context.process, { kind: 'killed', by: 'SIGKILL' }),
      report: (_, happening) => this.happenings.push(happening),
    },
    guards: { isIdle: ({ context }) => !this.busy.has(context.process) },
  });

  /** Its effects on the outside. */
  readonly parent = {
    openListeners: (): void => void this.asked.push('open'),
    closeListeners: (): void => void this.asked.push('close'),
    loadApplications: ({ self }: { readonly self: { send(event: { readonly type: 'LOADED' }): void } }): void => {
      this.asked.push('load');
      self.send({ type: 'LOADED' });
    },
  };

  /** Starts a parent. */
  run<Logic extends Parameters<typeof createActor>[0]>(logic: Logic, input: object): ActorRefFrom<Logic> {
    // The clock that XState itself takes where it is given none: this folder has no timers of its own.
    const clock = patientClock(createActor(logic, { input } as never).clock);
    const actor = createActor(logic, { input, clock } as never);
    this.#parent = actor;
    actor.start();
    return actor as ActorRefFrom<Logic>;
  }

  signal(...signals: readonly ServerSignal[]): this {
    for (const signal of signals) this.#parent?.send({ type: 'SIGNAL', signal });
    return this;
  }

  makeReady(process: ProcessId): void {
    const ref = this.#workers.get(process);
    ref?.send({ type: 'SPAWNED', pid: ++this.#pid });
    ref?.send({ type: 'READY' });
  }

  /** A request that it runs is over. */
  free(process: ProcessId): void {
    this.busy.delete(process);
    this.#workers.get(process)?.send({ type: 'IDLE' });
  }

  spend(process: ProcessId): void {
    this.#workers.get(process)?.send({ type: 'SPENT' });
  }

  end(process: ProcessId, exit: Exit = { kind: 'returned', code: 0 }): void {
    const ref = this.#workers.get(process);
    this.#workers.delete(process);
    this.busy.delete(process);
    ref?.send({ type: 'GONE', exit });
  }

  /** Those that are alive, in the order started. */
  get alive(): readonly ProcessId[] {
    return [...this.#workers.keys()];
  }

  /** Those that are alive and take requests. */
  get serving(): readonly ProcessId[] {
    return [...this.#workers].flatMap(([process, ref]) => (ref.getSnapshot().matches('serving') ? [process] : []));
  }

  /** Why the processes ended, in order. */
  get endings(): readonly string[] {
    return this.happenings.flatMap((happening) => (happening.kind === 'process.exited' ? [happening.because] : []));
  }

  get isOver(): boolean {
    return this.#parent?.getSnapshot().status === 'done';
  }
}
