/**
 * The whole server: the Apache parent, which owns sockets and starts, restarts and stops the groups of processes.
 * Sources: httpd 2.4, "Stopping and Restarting"; server/mpm/prefork/prefork.c, prefork_run; rules RELOAD-APACHE-*, MPM-STOP-*.
 */
import { type ActorRefFrom, and, assign, type DoneActorEvent, enqueueActions, setup } from 'xstate';
import type { Mpm } from '../deployments/apache.ts';
import { isDeaf } from '../serving/child-signals.ts';
import type { Millis, ProcessGroupName } from '../vocabulary.ts';
import { type ProcessGroupEnd, type ProcessGroupReport, processGroupMachine } from './process-group.ts';
import { type GroupPlan, termination, withoutProcesses } from './process-terms.ts';
import { orNever } from './timers.ts';

/** What a configuration means to the parent. */
export interface ServerInput {
  readonly plans: readonly GroupPlan[];
  /** How long a graceful stop waits for the children; 0 is for ever. */
  readonly gracefulShutdownTimeout: Millis;
  readonly mpm: Mpm;
}

interface Context extends ServerInput {
  /** Whether the last restart lets the children finish. */
  readonly graceful: boolean;
  readonly groups: ReadonlyMap<ProcessGroupName, ActorRefFrom<typeof processGroupMachine>>;
  /** Groups that have all their processes since the last start or restart. */
  readonly full: ReadonlySet<ProcessGroupName>;
  /** Groups whose last process is gone for good. */
  readonly empty: ReadonlySet<ProcessGroupName>;
}

export type ServerEvent =
  | ProcessGroupReport
  | DoneActorEvent<ProcessGroupEnd>
  /** SIGUSR1. The configuration was read again; absent is the same one. */
  | { readonly type: 'GRACEFUL_RESTART'; readonly to?: ServerInput }
  /** SIGHUP, with the configuration likewise. */
  | { readonly type: 'RESTART'; readonly to?: ServerInput }
  /** SIGWINCH */
  | { readonly type: 'GRACEFUL_STOP' }
  /** No connection is open any more. */
  | { readonly type: 'CONNECTIONS_OVER' }
  /** SIGTERM */
  | { readonly type: 'STOP' };

type Restart = Extract<ServerEvent, { readonly to?: ServerInput }>;

export const serverMachine = setup({
  types: { context: {} as Context, events: {} as ServerEvent, input: {} as ServerInput },
  actors: { processGroup: processGroupMachine },
  actions: {
    /** The server takes connections from now on. */
    openListeners: () => {},
    /** It takes no new connection from now on; those open go on. */
    closeListeners: () => {},
    /**
     * Every connection that a child has is closed, whatever it carries: the children of prefork are gone at once, those of
     * worker and event close the sockets of their workers. Source: httpd 2.4, worker.c and event.c, close_worker_sockets.
     */
    closeConnections: () => {},
    /** Starts the groups that are not there yet. */
    startGroups: assign({
      groups: ({ context: { plans, groups }, spawn }) =>
        new Map([
          ...groups,
          ...plans
            .filter(({ processGroup }) => !groups.has(processGroup))
            .map((plan) => {
              const id = `group ${plan.processGroup}`;
              return [plan.processGroup, spawn('processGroup', { id, input: plan })] as const;
            }),
        ]),
    }),
    /**
     * A group that is no longer configured stays, with nothing in it: should it come again, its processes are numbered on.
     */
    takeConfiguration: assign(({ context }, { type, to = context }: Restart) => ({
      plans: [
        ...to.plans,
        ...context.plans
          .filter(({ processGroup }) => !to.plans.some((plan) => plan.processGroup === processGroup))
          .map(withoutProcesses),
      ],
      gracefulShutdownTimeout: to.gracefulShutdownTimeout,
      graceful: type === 'GRACEFUL_RESTART',
      full: new Set<ProcessGroupName>(),
    })),
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
    /** Where nothing is embedded, no process stands for the children: only their connections are there. */
    childrenGone: ({ context }) => context.empty.has('') || !context.groups.has(''),
    /** The world counts connections. */
    connectionsOver: () => true,
    /** Children that are on their way out, and hear nothing more. Source: rule MPM-STOP-02. */
    childrenAreDeaf: ({ context }) => isDeaf(context.mpm),
  },
  delays: {
    gracefulShutdownTimeout: ({ context }) => orNever(context.gracefulShutdownTimeout),
    termination,
  },
}).createMachine({
  id: 'server',
  context: ({ input }) => ({ ...input, graceful: false, groups: new Map(), full: new Set(), empty: new Set() }),
  initial: 'starting',
  on: {
    GROUP_FULL: { actions: { type: 'noteFull', params: ({ event }) => event } },
    'xstate.done.actor.*': { actions: { type: 'noteEmpty', params: ({ event }) => event.output } },
    GRACEFUL_RESTART: {
      target: '.restarting',
      reenter: true,
      actions: { type: 'takeConfiguration', params: ({ event }) => event },
    },
    RESTART: {
      target: '.restarting',
      reenter: true,
      actions: ['closeConnections', { type: 'takeConfiguration', params: ({ event }) => event }],
    },
    GRACEFUL_STOP: '.stoppingGracefully',
    STOP: '.stopping',
  },
  states: {
    starting: {
      entry: 'startGroups',
      always: { guard: 'allFull', target: 'running' },
      on: { GRACEFUL_STOP: 'stopping' },
    },
    running: { entry: 'openListeners' },
    // Graceful for the children only: daemon processes are ended as by a plain restart. Source: rule RELOAD-APACHE-01.
    restarting: {
      entry: [
        enqueueActions(({ context: { plans, groups, graceful }, enqueue }) => {
          for (const plan of plans) {
            const group = groups.get(plan.processGroup);
            if (group) enqueue.sendTo(group, { type: 'RESTART', graceful, plan });
          }
        }),
        'startGroups',
      ],
      always: { guard: 'allFull', target: 'running' },
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
      always: { guard: and(['childrenGone', 'connectionsOver']), target: 'stopping' },
      after: { gracefulShutdownTimeout: [{ guard: 'childrenAreDeaf', target: 'terminating' }, { target: 'stopping' }] },
      on: {
        CONNECTIONS_OVER: {},
        GRACEFUL_STOP: {},
        GRACEFUL_RESTART: {},
        RESTART: {},
        STOP: [{ guard: 'childrenAreDeaf', target: 'terminating' }, { target: 'stopping' }],
      },
    },
    // The children are told to go, and go on with their requests until they are killed.
    terminating: {
      entry: enqueueActions(({ context, enqueue }) => {
        const children = context.groups.get('');
        if (children && !context.empty.has('')) enqueue.sendTo(children, { type: 'STOP' });
      }),
      always: { guard: and(['childrenGone', 'connectionsOver']), target: 'stopping' },
      after: { termination: 'stopping' },
      on: { CONNECTIONS_OVER: {}, GRACEFUL_STOP: {}, GRACEFUL_RESTART: {}, RESTART: {}, STOP: {} },
    },
    stopping: {
      entry: [
        'closeListeners',
        'closeConnections',
        enqueueActions(({ context, enqueue }) => {
          for (const [name, group] of context.groups)
            if (!context.empty.has(name)) enqueue.sendTo(group, { type: 'STOP' });
        }),
      ],
      always: { guard: 'allEmpty', target: 'stopped' },
      on: { GRACEFUL_STOP: {}, GRACEFUL_RESTART: {}, RESTART: {}, STOP: {} },
    },
    stopped: { type: 'final' },
  },
});
