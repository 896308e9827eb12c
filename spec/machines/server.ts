/**
 * The whole server: the Apache parent, which owns sockets and starts, restarts and stops the groups of processes.
 * Sources: httpd 2.4, "Stopping and Restarting"; server/mpm/prefork/prefork.c, prefork_run; rules RELOAD-APACHE-*, MPM-STOP-*.
 */
import { type ActorRefFrom, and, assign, type DoneActorEvent, enqueueActions, or, setup } from 'xstate';
import type { Mpm } from '../deployments/apache.ts';
import { isDeaf } from '../serving/child-signals.ts';
import type { Millis, ProcessGroupName } from '../vocabulary.ts';
import {
  type ProcessGroupEnd,
  type ProcessGroupEvent,
  type ProcessGroupReport,
  processGroupMachine,
} from './process-group.ts';
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
  /** Groups that have nothing left of the time before the last restart, but for children that finish their requests. */
  readonly vacated: ReadonlySet<ProcessGroupName>;
  /** What the parent was told in the middle of a restart, and hears when that is over; null where nothing. */
  readonly pending: 'STOP' | 'GRACEFUL_STOP' | null;
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
  /** No daemon process has a request any more. */
  | { readonly type: 'FORWARDS_OVER' }
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
     * worker and event close the sockets of their workers. Only children of these that finish their requests hear nothing.
     * Source: httpd 2.4, worker.c and event.c, close_worker_sockets; rules RELOAD-APACHE-04 and RELOAD-APACHE-05.
     */
    closeConnections: () => {},
    /**
     * Prefork sends SIGHUP to its whole process group where it restarts at once, daemon processes included. Source: httpd
     * 2.4, prefork.c, prefork_run; rule SHUT-SIG-02 says which of them end of it.
     */
    hangUpDaemons: () => {},
    /** After a restart the children take connections again; until then they wait. */
    acceptAgain: () => {},
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
      vacated: new Set<ProcessGroupName>(),
    })),
    noteVacated: assign({
      vacated: ({ context }, { processGroup }: ProcessGroupReport) => new Set(context.vacated).add(processGroup),
    }),
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
    allVacated: ({ context }) => [...context.groups.keys()].every((group) => context.vacated.has(group)),
    /** Where nothing is embedded, no process stands for the children. */
    childrenVacated: ({ context }) => context.vacated.has('') || !context.groups.has(''),
    isGraceful: ({ context }) => context.graceful,
    /** A thread of worker or event waits for its daemon process, also when the client is gone. The world counts requests. */
    forwardsOver: () => true,
    isToStop: ({ context }) => context.pending === 'STOP',
    isToStopGracefully: ({ context }) => context.pending === 'GRACEFUL_STOP',
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
  context: ({ input }) => ({
    ...input,
    graceful: false,
    groups: new Map(),
    full: new Set(),
    vacated: new Set(),
    pending: null,
    empty: new Set(),
  }),
  initial: 'starting',
  on: {
    GROUP_FULL: { actions: { type: 'noteFull', params: ({ event }) => event } },
    GROUP_VACATED: { actions: { type: 'noteVacated', params: ({ event }) => event } },
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
    // One thing after the other, and nobody takes a connection meanwhile. Graceful it is for the children only: daemon
    // processes are ended as by a plain restart. Sources: rule RELOAD-APACHE-01; httpd 2.4, main.c, where pconf is cleared,
    // and worker.c, worker_run. Probed with httpd 2.4.71: docs/findings/a-restart-answers-nobody.md.
    restarting: {
      initial: 'endingChildren',
      on: {
        STOP: { actions: assign({ pending: 'STOP' }) },
        GRACEFUL_STOP: { actions: assign({ pending: ({ context }) => context.pending ?? 'GRACEFUL_STOP' }) },
      },
      states: {
        // Children that are not to finish their requests are waited for, and killed in the end.
        endingChildren: {
          entry: enqueueActions(({ context, enqueue }) => {
            restart(context, (group) => group === '', enqueue.sendTo);
          }),
          always: { guard: and(['childrenVacated', or(['isGraceful', 'forwardsOver'])]), target: 'endingDaemons' },
          after: { termination: 'endingDaemons' },
          on: { FORWARDS_OVER: {} },
        },
        endingDaemons: {
          entry: enqueueActions(({ context, enqueue }) => {
            restart(context, (group) => group !== '', enqueue.sendTo);
            if (context.mpm === 'prefork' && !context.graceful) enqueue('hangUpDaemons');
          }),
          always: [
            { guard: and(['allVacated', 'isToStop']), target: '#server.stopping' },
            { guard: and(['allVacated', 'isToStopGracefully']), target: '#server.stoppingGracefully' },
            { guard: 'allVacated', target: 'startingAgain' },
          ],
        },
        startingAgain: {
          entry: [
            enqueueActions(({ context: { groups }, enqueue }) => {
              for (const group of groups.values()) enqueue.sendTo(group, { type: 'FILL' });
            }),
            'startGroups',
            'acceptAgain',
          ],
          always: { guard: 'allFull', target: '#server.running' },
          on: { STOP: '#server.stopping', GRACEFUL_STOP: '#server.stoppingGracefully' },
        },
      },
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
        stop(context, (group) => group === '', enqueue.sendTo);
      }),
      always: { guard: and(['childrenGone', 'connectionsOver']), target: 'stopping' },
      after: { termination: 'stopping.endingDaemons' },
      on: { CONNECTIONS_OVER: {}, GRACEFUL_STOP: {}, GRACEFUL_RESTART: {}, RESTART: {}, STOP: {} },
    },
    // As at a restart: the children first, which are waited for and killed in the end, and then the daemon processes.
    stopping: {
      initial: 'endingChildren',
      entry: ['closeListeners', 'closeConnections'],
      always: { guard: 'allEmpty', target: 'stopped' },
      on: { GRACEFUL_STOP: {}, GRACEFUL_RESTART: {}, RESTART: {}, STOP: {} },
      states: {
        endingChildren: {
          entry: enqueueActions(({ context, enqueue }) => {
            stop(context, (group) => group === '', enqueue.sendTo);
          }),
          always: { guard: and(['childrenGone', 'forwardsOver']), target: 'endingDaemons' },
          after: { termination: 'endingDaemons' },
          on: { FORWARDS_OVER: {} },
        },
        endingDaemons: {
          entry: enqueueActions(({ context, enqueue }) => {
            stop(context, (group) => group !== '', enqueue.sendTo);
          }),
        },
      },
    },
    stopped: { type: 'final' },
  },
});

type GroupRef = ActorRefFrom<typeof processGroupMachine>;

/** Tells groups to let go the processes they have, and what they will be. */
function restart(
  { plans, groups, graceful }: Context,
  isMeant: (group: ProcessGroupName) => boolean,
  send: (group: GroupRef, event: ProcessGroupEvent) => void,
): void {
  for (const plan of plans) {
    const group = groups.get(plan.processGroup);
    if (group && isMeant(plan.processGroup)) send(group, { type: 'RESTART', graceful, plan });
  }
}

/** Tells groups to end for good. */
function stop(
  { groups, empty }: Context,
  isMeant: (group: ProcessGroupName) => boolean,
  send: (group: GroupRef, event: ProcessGroupEvent) => void,
): void {
  for (const [name, group] of groups) if (isMeant(name) && !empty.has(name)) send(group, { type: 'STOP' });
}
