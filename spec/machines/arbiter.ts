/**
 * An arbiter of gunicorn, the parent of its workers: it starts them, replaces those that end, and does what signals say.
 * Sources: gunicorn 20.1, arbiter.py (run, handle_*, reload, stop, manage_workers, reap_workers); rules LIFE-GUNI-*,
 * RELOAD-GUNI-*, SHUT-GUNI-*.
 */
import { and, assign, enqueueActions, setup, stopChild } from 'xstate';
import type { Ending, ServerSignal } from '../trace.ts';
import type { ProcessId } from '../vocabulary.ts';
import { type WorkerEnd, workerMachine } from './worker.ts';
import {
  type Brood,
  broodWithout,
  broodWithReady,
  isSettled,
  noWorkers,
  type ParentEvent,
  refOf,
  takeLeave,
  withLeaving,
  withWorkers,
} from './worker-parent.ts';
import type { ArbiterPlan } from './worker-terms.ts';

export interface ArbiterInput {
  readonly plan: ArbiterPlan;
  /** What its workers are called. */
  readonly family: string;
}

interface Context extends ArbiterInput {
  readonly brood: Brood;
  /** How many workers there are to be: what is configured, TTIN and TTOU. */
  readonly wanted: number;
  /** Why those that are too many have to go. */
  readonly because: Ending;
  /** Whether requests in progress are lost when it stops. */
  readonly isQuick: boolean;
  /** The status it ends with. */
  readonly status: number;
}

export type ArbiterEvent =
  | ParentEvent
  /** SIGHUP, with the configuration as it was read again. */
  | { readonly type: 'RELOAD'; readonly plan: ArbiterPlan };

/** Statuses of a worker that could not start, or not find its application. Source: arbiter.py, `WORKER_BOOT_ERROR`. */
const fatal: ReadonlySet<number> = new Set([3, 4]);

const fatalStatus = ({ exit }: WorkerEnd): number | null =>
  exit.kind === 'returned' && fatal.has(exit.code) ? exit.code : null;

/** Workers that are too many, the oldest first. Source: arbiter.py, manage_workers. */
const surplus = ({ workers }: Brood, wanted: number): readonly ProcessId[] =>
  [...workers.keys()].slice(0, Math.max(0, workers.size - wanted));

const isSignal = (event: ArbiterEvent, signal: ServerSignal): boolean =>
  event.type === 'SIGNAL' && event.signal === signal;

export const arbiterMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ArbiterEvent,
    input: {} as ArbiterInput,
    output: {} as { readonly status: number },
  },
  actors: { worker: workerMachine },
  actions: {
    /** Imports the application, and answers with LOADED or LOAD_FAILED. */
    loadApplications: () => {},
    /** It takes connections from now on. */
    openListeners: () => {},
    /** It takes none any more. */
    closeListeners: () => {},
    reopenLogs: () => {},
    letGo: stopChild((parent, worker: WorkerEnd) => refOf(parent, worker)),
    noteGone: assign({ brood: (parent, worker: WorkerEnd) => broodWithout(parent, worker) }),
    noteReady: assign({
      brood: (parent, worker: { readonly process: ProcessId }) => broodWithReady(parent, worker),
    }),
    /** Starts those that lack. */
    startMissing: assign({
      brood: ({ context: { brood, wanted, plan, family }, spawn }) =>
        withWorkers(brood, wanted - brood.workers.size, plan, spawn, family),
    }),
    wantMore: assign({ wanted: ({ context }) => context.wanted + 1 }),
    wantFewer: assign({ wanted: ({ context }) => Math.max(1, context.wanted - 1) }),
    wantNone: assign({ wanted: 0 }),
    /** A full set of new workers beside the old ones, however many there were to be. */
    startGeneration: assign(({ context: { brood, plan, family }, spawn }) => ({
      wanted: plan.workers,
      brood: withWorkers({ ...brood, generation: brood.generation + 1 }, plan.workers, plan, spawn, family),
    })),
  },
  guards: {
    preloads: ({ context }) => context.plan.preloads,
    isFull: ({ context }) => context.brood.workers.size >= context.wanted && isSettled(context.brood),
    isEmpty: ({ context }) => context.brood.workers.size === 0,
    isDaemon: ({ context }) => context.plan.isDaemon,
    isFatal: (_, { exit }: { readonly exit: WorkerEnd }) => fatalStatus(exit) !== null,
    isQuick: ({ context }) => context.isQuick,
    isStop: ({ event }) => isSignal(event, 'SIGTERM'),
    isInterrupt: ({ event }) => isSignal(event, 'SIGINT'),
    isQuit: ({ event }) => isSignal(event, 'SIGQUIT'),
    isHangup: ({ event }) => isSignal(event, 'SIGHUP'),
    isMore: ({ event }) => isSignal(event, 'SIGTTIN'),
    isFewer: ({ event }) => isSignal(event, 'SIGTTOU'),
    isReopen: ({ event }) => isSignal(event, 'SIGUSR1'),
    isWinch: ({ event }) => isSignal(event, 'SIGWINCH'),
  },
  delays: { gracefulTimeout: ({ context }) => context.plan.gracefulTimeout },
}).createMachine({
  id: 'arbiter',
  context: ({ input }) => ({
    ...input,
    brood: noWorkers,
    wanted: input.plan.workers,
    because: 'surplus',
    isQuick: false,
    status: 0,
  }),
  output: ({ context: { status } }) => ({ status }),
  initial: 'starting',
  on: {
    WORKER_READY: { actions: { type: 'noteReady', params: ({ event }) => event } },
    'xstate.done.actor.*': [
      // It would end again and again: the whole server ends instead. Source: arbiter.py, reap_workers; rule LIFE-GUNI-04.
      {
        guard: { type: 'isFatal', params: ({ event }) => ({ exit: event.output }) },
        target: '.stopping',
        actions: [...takeLeave, assign({ status: ({ event }) => fatalStatus(event.output) ?? 0 })],
      },
      { actions: [...takeLeave, 'startMissing'] },
    ],
    SIGNAL: [
      { guard: 'isStop', target: '.stopping' },
      { guard: 'isInterrupt', target: '.stopping', actions: assign({ isQuick: true }) },
      { guard: 'isQuit', target: '.stopping', actions: assign({ isQuick: true }) },
      { guard: 'isHangup', target: '.reloading' },
      {
        guard: 'isMore',
        target: '.settling',
        actions: 'wantMore',
      },
      {
        guard: 'isFewer',
        target: '.settling',
        actions: ['wantFewer', assign({ because: 'surplus' })],
      },
      { guard: 'isReopen', actions: 'reopenLogs' },
      // Source: arbiter.py, handle_winch; rule SHUT-GUNI-02.
      {
        guard: and(['isWinch', 'isDaemon']),
        target: '.settling',
        actions: ['wantNone', assign({ because: 'signal' })],
      },
    ],
    RELOAD: { target: '.reloading', actions: assign({ plan: ({ event }) => event.plan }) },
    // Each worker watches for itself. Source: workers/base.py, init_process, `changed`.
    TOUCHED: {
      actions: enqueueActions(({ context: { brood }, event, enqueue }) => {
        for (const { ref, isLeaving } of brood.workers.values())
          if (!isLeaving) enqueue.sendTo(ref, { type: 'FINISH', because: event.because });
      }),
    },
  },
  states: {
    starting: {
      initial: 'deciding',
      states: {
        deciding: { always: [{ guard: 'preloads', target: 'loading' }, { target: 'filling' }] },
        loading: {
          entry: 'loadApplications',
          on: {
            LOADED: 'filling',
            LOAD_FAILED: { target: '#arbiter.stopping', actions: assign({ status: 1 }) },
          },
        },
        filling: {
          entry: ['openListeners', 'startMissing'],
          always: { guard: 'isFull', target: '#arbiter.running' },
        },
      },
    },
    running: {},
    // New ones first, then the old ones are told: both serve for a while, and the socket stays open. What was imported
    // before the fork is not imported again. Sources: arbiter.py, reload; rules RELOAD-GUNI-01 to RELOAD-GUNI-03.
    reloading: { entry: ['startGeneration', assign({ because: 'server-restart' })], always: 'settling' },
    // The number of workers is not what it is to be. Source: arbiter.py, manage_workers.
    settling: {
      entry: [
        'startMissing',
        enqueueActions(({ context: { brood, wanted, because }, enqueue }) => {
          const leaving = surplus(brood, wanted);
          for (const process of leaving) {
            const worker = brood.workers.get(process);
            if (worker && !worker.isLeaving) enqueue.sendTo(worker.ref, { type: 'FINISH', because });
          }
          enqueue.assign({ brood: withLeaving(brood, new Set(leaving)) });
        }),
      ],
      always: { guard: 'isFull', target: 'running' },
    },
    stopping: {
      entry: [
        'closeListeners',
        enqueueActions(({ context: { brood, isQuick }, enqueue }) => {
          for (const { ref } of brood.workers.values())
            enqueue.sendTo(ref, { type: isQuick ? 'QUIT' : 'FINISH', because: 'server-stop' });
        }),
      ],
      always: { guard: 'isEmpty', target: 'stopped' },
      initial: 'waiting',
      states: {
        waiting: { after: { gracefulTimeout: 'killing' } },
        killing: {
          entry: enqueueActions(({ context: { brood }, enqueue }) => {
            for (const { ref } of brood.workers.values()) enqueue.sendTo(ref, { type: 'KILL' });
          }),
        },
      },
      on: {
        'xstate.done.actor.*': { actions: [...takeLeave] },
        SIGNAL: {},
        RELOAD: {},
        TOUCHED: {},
      },
    },
    stopped: { type: 'final' },
  },
});
