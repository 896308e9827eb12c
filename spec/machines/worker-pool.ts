/**
 * Equal processes without a parent that knows more than to start them: a plain server, and uWSGI without a master, whose
 * first process is the server itself.
 * Sources: uWSGI 2.0, core/uwsgi.c, uwsgi_start; rule LIFE-UWSGI-08. Of a plain server: what it promises.
 */
import { assign, enqueueActions, setup, stopChild } from 'xstate';
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
import type { PoolPlan } from './worker-terms.ts';

export interface PoolInput {
  readonly plan: PoolPlan;
}

interface Context extends PoolInput {
  readonly brood: Brood;
}

export type PoolEvent = ParentEvent;

export const workerPoolMachine = setup({
  types: { context: {} as Context, events: {} as PoolEvent, input: {} as PoolInput },
  actors: { worker: workerMachine },
  actions: {
    /** Loads the applications, and answers with LOADED or LOAD_FAILED. */
    loadApplications: () => {},
    openListeners: () => {},
    closeListeners: () => {},
    letGo: stopChild((parent, worker: WorkerEnd) => refOf(parent, worker)),
    noteGone: assign({ brood: (parent, worker: WorkerEnd) => broodWithout(parent, worker) }),
    noteReady: assign({
      brood: (parent, worker: { readonly process: ProcessId }) => broodWithReady(parent, worker),
    }),
    startMissing: assign({
      brood: ({ context: { brood, plan }, spawn }) =>
        withWorkers(brood, plan.workers - brood.workers.size, plan, spawn),
    }),
  },
  guards: {
    preloads: ({ context }) => context.plan.preloads,
    isSettled: ({ context }) => isSettled(context.brood),
    isEmpty: ({ context }) => context.brood.workers.size === 0,
    replaces: ({ context }) => context.plan.replaces,
    stops: ({ context, event }) => event.type === 'SIGNAL' && context.plan.stopsOn.includes(event.signal),
    reloads: ({ context, event }) => event.type === 'SIGNAL' && context.plan.reloadsOn === event.signal,
    finishesFirst: ({ context, event }) =>
      event.type === 'SIGNAL' && context.plan.finishesFirstOn.includes(event.signal),
  },
}).createMachine({
  id: 'worker-pool',
  context: ({ input }) => ({ ...input, brood: noWorkers }),
  initial: 'starting',
  on: {
    WORKER_READY: { actions: { type: 'noteReady', params: ({ event }) => event } },
    SIGNAL: [
      { guard: 'stops', target: '.stopping' },
      { guard: 'reloads', target: '.reloading' },
      {
        guard: 'finishesFirst',
        actions: enqueueActions(({ context: { brood }, enqueue }) => {
          const [first] = brood.workers.values();
          if (first) enqueue.sendTo(first.ref, { type: 'FINISH', because: 'signal' });
        }),
      },
    ],
  },
  states: {
    starting: {
      initial: 'deciding',
      states: {
        deciding: { always: [{ guard: 'preloads', target: 'loading' }, { target: 'filling' }] },
        loading: { entry: 'loadApplications', on: { LOADED: 'filling', LOAD_FAILED: '#worker-pool.stopping' } },
        filling: {
          entry: ['openListeners', 'startMissing'],
          always: { guard: 'isSettled', target: '#worker-pool.running' },
        },
      },
      on: { 'xstate.done.actor.*': { target: 'running', actions: [...takeLeave] } },
    },
    running: {
      always: { guard: 'isEmpty', target: 'stopping' },
      on: {
        'xstate.done.actor.*': [
          { guard: 'replaces', target: 'replacing', actions: [...takeLeave] },
          { actions: [...takeLeave] },
        ],
      },
    },
    replacing: { entry: 'startMissing', always: 'running' },
    // In which order, a plain server does not say: here each is replaced as it ends.
    reloading: {
      entry: enqueueActions(({ context: { brood }, enqueue }) => {
        for (const { ref } of brood.workers.values())
          enqueue.sendTo(ref, { type: 'FINISH', because: 'server-restart' });
        enqueue.assign({ brood: withLeaving(brood, new Set(brood.workers.keys())) });
      }),
      always: { guard: 'isEmpty', target: 'replacing' },
      on: { 'xstate.done.actor.*': { actions: [...takeLeave] }, SIGNAL: { guard: 'stops', target: 'stopping' } },
    },
    stopping: {
      entry: [
        'closeListeners',
        enqueueActions(({ context: { brood }, enqueue }) => {
          for (const { ref } of brood.workers.values()) enqueue.sendTo(ref, { type: 'QUIT', because: 'server-stop' });
        }),
      ],
      always: { guard: 'isEmpty', target: 'stopped' },
      on: { 'xstate.done.actor.*': { actions: [...takeLeave] }, SIGNAL: {} },
    },
    stopped: { type: 'final' },
  },
});
