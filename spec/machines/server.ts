/**
 * The whole server: the Apache parent, which owns sockets and starts, restarts and stops the groups of processes.
 * Sources: httpd 2.4, "Stopping and Restarting"; server/mpm/prefork/prefork.c, prefork_run; rules RELOAD-APACHE-*, MPM-STOP-01.
 */
import { type ActorRefFrom, assign, type DoneActorEvent, enqueueActions, setup } from 'xstate';
import type { Millis, ProcessGroupName } from '../vocabulary.ts';
import { type ProcessGroupEnd, type ProcessGroupReport, processGroupMachine } from './process-group.ts';
import type { GroupPlan } from './process-terms.ts';
import { orNever } from './timers.ts';

export interface ServerInput {
  readonly plans: readonly GroupPlan[];
  /** How long a graceful stop waits for the children; 0 is for ever. */
  readonly gracefulShutdownTimeout: Millis;
}

interface Context extends ServerInput {
  readonly groups: ReadonlyMap<ProcessGroupName, ActorRefFrom<typeof processGroupMachine>>;
  /** Groups that have all their processes since the last start or restart. */
  readonly full: ReadonlySet<ProcessGroupName>;
  /** Groups whose last process is gone for good. */
  readonly empty: ReadonlySet<ProcessGroupName>;
}

export type ServerEvent =
  | ProcessGroupReport
  | DoneActorEvent<ProcessGroupEnd>
  /** SIGUSR1 */
  | { readonly type: 'GRACEFUL_RESTART' }
  /** SIGHUP */
  | { readonly type: 'RESTART' }
  /** SIGWINCH */
  | { readonly type: 'GRACEFUL_STOP' }
  /** SIGTERM */
  | { readonly type: 'STOP' };

export const serverMachine = setup({
  types: { context: {} as Context, events: {} as ServerEvent, input: {} as ServerInput },
  actors: { processGroup: processGroupMachine },
  actions: {
    /** The server takes connections from now on. */
    openListeners: () => {},
    /** It takes no new connection from now on; those open go on. */
    closeListeners: () => {},
    startGroups: assign({
      groups: ({ context, spawn }) =>
        new Map(
          context.plans.map((plan) => [
            plan.processGroup,
            spawn('processGroup', { id: `group ${plan.processGroup}`, input: plan }),
          ]),
        ),
    }),
    forgetFull: assign({ full: new Set<ProcessGroupName>() }),
    noteFull: assign({
      full: ({ context }, { processGroup }: ProcessGroupReport) => new Set(context.full).add(processGroup),
    }),
    noteEmpty: assign({
      empty: ({ context }, { processGroup }: ProcessGroupEnd) => new Set(context.empty).add(processGroup),
    }),
  },
  guards: {
    allFull: ({ context }) => context.full.size === context.plans.length,
    allEmpty: ({ context }) => context.empty.size === context.plans.length,
    childrenGone: ({ context }) => context.empty.has(''),
  },
  delays: {
    gracefulShutdownTimeout: ({ context }) => orNever(context.gracefulShutdownTimeout),
  },
}).createMachine({
  id: 'server',
  context: ({ input }) => ({ ...input, groups: new Map(), full: new Set(), empty: new Set() }),
  initial: 'starting',
  on: {
    GROUP_FULL: { actions: { type: 'noteFull', params: ({ event }) => event } },
    'xstate.done.actor.*': { actions: { type: 'noteEmpty', params: ({ event }) => event.output } },
    STOP: '.stopping',
  },
  states: {
    starting: {
      entry: 'startGroups',
      always: { guard: 'allFull', target: 'running' },
      on: { GRACEFUL_STOP: 'stopping' },
    },
    running: {
      entry: 'openListeners',
      on: { GRACEFUL_RESTART: 'restartingGracefully', RESTART: 'restarting', GRACEFUL_STOP: 'stoppingGracefully' },
    },
    // Graceful for the children only: daemon processes are ended as by a plain restart. Source: rule RELOAD-APACHE-01.
    restartingGracefully: {
      entry: [
        'forgetFull',
        enqueueActions(({ context, enqueue }) => {
          for (const group of context.groups.values()) enqueue.sendTo(group, { type: 'RESTART', graceful: true });
        }),
      ],
      always: { guard: 'allFull', target: 'running' },
      on: { GRACEFUL_STOP: 'stoppingGracefully' },
    },
    restarting: {
      entry: [
        'forgetFull',
        enqueueActions(({ context, enqueue }) => {
          for (const group of context.groups.values()) enqueue.sendTo(group, { type: 'RESTART', graceful: false });
        }),
      ],
      always: { guard: 'allFull', target: 'running' },
      on: { GRACEFUL_STOP: 'stoppingGracefully' },
    },
    // Daemon processes serve the children to the last, and only then are told to go.
    stoppingGracefully: {
      entry: [
        'closeListeners',
        enqueueActions(({ context, enqueue }) => {
          const children = context.groups.get('');
          if (children) enqueue.sendTo(children, { type: 'DRAIN' });
        }),
      ],
      always: { guard: 'childrenGone', target: 'stopping' },
      after: { gracefulShutdownTimeout: 'stopping' },
    },
    stopping: {
      entry: [
        'closeListeners',
        enqueueActions(({ context, enqueue }) => {
          for (const [name, group] of context.groups)
            if (!context.empty.has(name)) enqueue.sendTo(group, { type: 'STOP' });
        }),
      ],
      always: { guard: 'allEmpty', target: 'stopped' },
    },
    stopped: { type: 'final' },
  },
});
