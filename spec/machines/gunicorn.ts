/**
 * A whole gunicorn: one arbiter, and after SIGUSR2 a second one beside it, on the same sockets, with code and configuration
 * read anew. Sources: gunicorn 20.1, arbiter.py, reexec and maybe_promote_master; rule RELOAD-GUNI-05.
 */
import { type ActorRefFrom, assign, type DoneActorEvent, enqueueActions, setup, stopChild } from 'xstate';
import { arbiterMachine } from './arbiter.ts';
import type { ParentEvent } from './worker-parent.ts';
import type { ArbiterPlan } from './worker-terms.ts';

export interface GunicornInput {
  readonly plan: ArbiterPlan;
}

interface Context extends GunicornInput {
  /** The oldest first: it is the one that signals go to. */
  readonly arbiters: readonly ActorRefFrom<typeof arbiterMachine>[];
  /** Arbiters so far. */
  readonly started: number;
}

export type GunicornEvent =
  | Extract<ParentEvent, { readonly type: 'SIGNAL' | 'TOUCHED' }>
  /** The configuration was read again: what SIGHUP and SIGUSR2 start from now on follows it. */
  | { readonly type: 'CONFIGURED'; readonly plan: ArbiterPlan }
  | DoneActorEvent<{ readonly status: number }>;

export const gunicornMachine = setup({
  types: { context: {} as Context, events: {} as GunicornEvent, input: {} as GunicornInput },
  actors: { arbiter: arbiterMachine },
  actions: {
    startArbiter: assign(({ context: { arbiters, started, plan }, spawn }) => {
      const serial = started + 1;
      const family = serial === 1 ? 'worker' : `arbiter${serial}-worker`;
      return {
        started: serial,
        arbiters: [
          ...arbiters,
          spawn('arbiter', { id: `arbiter ${serial}`, input: { plan, family }, syncSnapshot: true }),
        ],
      };
    }),
    letGo: stopChild(({ event }) => ('actorId' in event ? event.actorId : '')),
    noteGone: assign({
      arbiters: ({ context: { arbiters }, event }) =>
        arbiters.filter(({ id }) => !('actorId' in event) || id !== event.actorId),
    }),
  },
  guards: {
    isAlone: ({ context }) => context.arbiters.length === 1,
    isOver: ({ context }) => context.arbiters.length === 0,
    isHangup: ({ event }) => event.type === 'SIGNAL' && event.signal === 'SIGHUP',
    isReexec: ({ event }) => event.type === 'SIGNAL' && event.signal === 'SIGUSR2',
  },
}).createMachine({
  id: 'gunicorn',
  context: ({ input }) => ({ ...input, arbiters: [], started: 0 }),
  entry: 'startArbiter',
  initial: 'running',
  states: {
    running: {
      always: { guard: 'isOver', target: 'stopped' },
      on: {
        SIGNAL: [
          { guard: 'isReexec', target: 'reexecuting' },
          // Source: gunicorn 20.1, arbiter.py, handle_hup and reload: self.app.reload(), self.setup(self.app).
          {
            guard: 'isHangup',
            actions: enqueueActions(({ context: { arbiters, plan }, enqueue }) => {
              const [oldest] = arbiters;
              if (oldest) enqueue.sendTo(oldest, { type: 'RELOAD', plan });
            }),
          },
          {
            actions: enqueueActions(({ context: { arbiters }, event, enqueue }) => {
              const [oldest] = arbiters;
              if (oldest) enqueue.sendTo(oldest, event);
            }),
          },
        ],
        CONFIGURED: { actions: assign({ plan: ({ event }) => event.plan }) },
        TOUCHED: {
          actions: enqueueActions(({ context: { arbiters }, event, enqueue }) => {
            for (const arbiter of arbiters) enqueue.sendTo(arbiter, event);
          }),
        },
        'xstate.done.actor.*': { target: 'running', actions: ['noteGone', 'letGo'] },
      },
    },
    // A second one while both exist is ignored.
    reexecuting: {
      always: [{ guard: 'isAlone', target: 'running', actions: 'startArbiter' }, { target: 'running' }],
    },
    stopped: { type: 'final' },
  },
});
