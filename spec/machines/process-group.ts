/**
 * A group of equal processes: a daemon process group, whose number is fixed, or the Apache children, whose number
 * follows the load. It starts processes and replaces those that end.
 *
 * Sources: mod_wsgi 4.9.4, wsgi_manage_process (a replacement is forked only after the old process is gone, rule
 * LIFE-REPLACE-02); httpd 2.4, server_main_loop and perform_idle_server_maintenance of the MPMs.
 */
import {
  type ActorRefFrom,
  assign,
  cancel,
  type DoneActorEvent,
  enqueueActions,
  not,
  raise,
  sendParent,
  setup,
  stopChild,
} from 'xstate';
import { type Millis, millis, type ProcessGroupName, type ProcessId, processId } from '../vocabulary.ts';
import { firstPace, type Maintenance, maintainIdle, paceAfterGracefulRestart } from './idle-maintenance.ts';
import type { GroupPlan } from './process-terms.ts';
import { type ServerProcessEnd, type ServerProcessReport, serverProcessMachine } from './server-process.ts';

interface Member {
  readonly ref: ActorRefFrom<typeof serverProcessMachine>;
  /**
   * Its place among the processes there are, from 1, as on a scoreboard. The actor is called by it: XState remembers each
   * name under which an actor ever ended, and places are few.
   */
  readonly place: number;
  /** It takes requests and nobody told it to go. */
  readonly counts: boolean;
  /** It was told to go. */
  readonly isLeaving: boolean;
}

interface Context {
  readonly plan: GroupPlan;
  /** Processes started so far, over the whole run. */
  readonly started: number;
  readonly members: ReadonlyMap<ProcessId, Member>;
  /** Processes in a row that ended before they had proved themselves. */
  readonly failures: number;
  /** New processes stand beside those that were told to go: Apache children after a graceful restart. */
  readonly overlaps: boolean;
  /** Processes of the start or restart that are still to be started. */
  readonly owed: number;
  /** The last of them was ready. */
  readonly lastWasReady: boolean;
  /** A replacement waits for its time. */
  readonly isWaiting: boolean;
  /** What the last round of idle maintenance decided. */
  readonly maintenance: Maintenance;
  /** Children that a signal killed since the last round of maintenance. */
  readonly kills: number;
}

export type ProcessGroupEvent =
  | ServerProcessReport
  | DoneActorEvent<ServerProcessEnd>
  /** A replacement's time has come. */
  | { readonly type: 'REPLACE' }
  /** The world counted idle threads, and the processes on their way out of which some threads have ended. */
  | { readonly type: 'STOCK'; readonly idleThreads: number; readonly partlyGone: number }
  /** New configuration: every process goes, and others are started by `plan`. Only Apache children go gracefully. */
  | { readonly type: 'RESTART'; readonly graceful: boolean; readonly plan: GroupPlan }
  /** Every process finishes what is in progress and goes; nothing is replaced. */
  | { readonly type: 'DRAIN' }
  | { readonly type: 'STOP' };

/** What a group tells the server when it has its number of processes. */
export type ProcessGroupReport = { readonly type: 'GROUP_FULL'; readonly processGroup: ProcessGroupName };

/** What the server learns when the last process of a group is gone and none will follow. */
export interface ProcessGroupEnd {
  readonly processGroup: ProcessGroupName;
}

/** What is done about a process that ended. */
export interface Retry {
  readonly processGroup: ProcessGroupName;
  readonly process: ProcessId;
  readonly wasReady: boolean;
  /** How many in a row, this one included; 0 where nothing is wrong. */
  readonly failures: number;
  /** From now until the next one is started. */
  readonly delay: Millis;
}

const output = ({ event }: { readonly event: DoneActorEvent<ServerProcessEnd> }): ServerProcessEnd => event.output;
/** What is done about every process that has ended. */
const takeLeave = [
  { type: 'letGo', params: output },
  { type: 'noteGone', params: output },
] as const;

export const processGroupMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ProcessGroupEvent,
    input: {} as GroupPlan,
    output: {} as ProcessGroupEnd,
  },
  actors: { serverProcess: serverProcessMachine },
  actions: {
    /** Asks the world to count idle threads and to answer with STOCK. */
    takeStock: () => {},
    noteReady: assign(({ context }, { process }: { readonly process: ProcessId }) => {
      const member = context.members.get(process);
      if (!member || member.isLeaving) return {};
      return { members: new Map(context.members).set(process, { ...member, counts: true }) };
    }),
    noteGone: assign(({ context }, { process, wasReady, isProven, wasKilled }: ServerProcessEnd) => {
      const members = new Map(context.members);
      members.delete(process);
      return {
        members,
        failures: isProven ? 0 : context.failures + 1,
        lastWasReady: wasReady,
        kills: context.kills + (wasKilled ? 1 : 0),
        // Source: httpd 2.4, worker.c, server_main_loop: after a sick child the fork rate is the least.
        maintenance: isProven ? context.maintenance : { ...context.maintenance, spawnRate: 1 },
      };
    }),
    /** An actor keeps its children for ever, those that are done as well, unless it stops them. */
    letGo: stopChild(({ context }, { process }: ServerProcessEnd) => context.members.get(process)?.ref ?? process),
    /** Tells the user what happens and when it is tried again, where the next one has to wait. */
    tellOfRetry: (_, _retry: Retry) => {},
    decideMaintenance: assign({
      maintenance: (
        { context },
        { idleThreads, partlyGone }: { readonly idleThreads: number; readonly partlyGone: number },
      ) => {
        const { plan, members } = context;
        const free = slots(context) - members.size;
        const stock = {
          idleThreads,
          children: members.size - leaving(context),
          maxChildren: plan.size.max,
          // A child of worker shares its place from the moment when one of its threads has ended. Source: httpd 2.4,
          // worker.c, perform_idle_server_maintenance, `any_dead_threads`.
          freeSlots: plan.mpm === 'worker' ? free + partlyGone : free,
          // Where many are on their way out, places are kept for a restart. Source: ibid., event.c, `do_kill`.
          mayRetire: plan.mpm !== 'event' || leaving(context) === 0 || free > plan.size.max,
        };
        return maintainIdle(stock, plan.spareThreads ?? { min: 0, max: idleThreads }, context.maintenance);
      },
    }),
  },
  guards: {
    isFull: ({ context }) =>
      context.overlaps ? missing(context) <= 0 && isSettled(context) : counting(context) >= context.plan.size.start,
    isEmpty: ({ context }) => context.members.size === 0,
    isShort: ({ context }) => missing(context) > 0,
    isSettled: ({ context }) => isSettled(context),
    /** Children of the start that had no place yet, because others were finishing. */
    isOwed: ({ context }) => context.plan.spareThreads !== null && context.owed > 0,
    /**
     * The parent replaces a child that a signal killed as soon as it sees that, but not one after the other: the third
     * within a second has to wait for maintenance. Source: httpd 2.4, worker.c and event.c, server_main_loop,
     * `successive_kills`; prefork_run has no such thing. Probed with httpd 2.4.71 and SIGKILL.
     */
    isReplacedAtOnce: ({ context, event }) =>
      (context.plan.mpm === 'worker' || context.plan.mpm === 'event') &&
      'output' in event &&
      event.output.wasKilled &&
      event.output.isProven &&
      context.kills < 2,
    isLeftToMaintenance: ({ context, event }) =>
      context.plan.spareThreads !== null && 'output' in event && event.output.isProven,
    /** Idle maintenance must not start processes faster than they may be tried. */
    isAiling: ({ context }) => context.failures > 0 && context.isWaiting,
    followsLoad: ({ context }) => context.plan.spareThreads !== null,
    mustGrow: ({ context }) => context.maintenance.spawn > 0,
    mustShrink: ({ context }) => context.maintenance.retire > 0,
  },
  delays: {
    respawnDelay: ({ context }) => respawnDelay(context),
    /** Source: httpd 2.4, SCOREBOARD_MAINTENANCE_INTERVAL. */
    maintenanceInterval: 1000,
  },
}).createMachine({
  id: 'process-group',
  context: ({ input }) => ({
    plan: input,
    started: 0,
    members: new Map(),
    failures: 0,
    overlaps: false,
    owed: input.size.start,
    lastWasReady: false,
    isWaiting: false,
    kills: 0,
    maintenance: { spawn: 0, retire: 0, ...firstPace },
  }),
  output: ({ context }) => ({ processGroup: context.plan.processGroup }),
  initial: 'filling',
  on: {
    PROCESS_READY: { actions: { type: 'noteReady', params: ({ event }) => event } },
    'xstate.done.actor.*': { actions: [...takeLeave] },
    RESTART: {
      target: '.filling',
      actions: [
        enqueueActions(({ context, event, enqueue }) => {
          const type = isGentle(context, event) ? 'RETIRE' : 'TERMINATE';
          for (const { ref } of context.members.values()) enqueue.sendTo(ref, { type, because: 'server-restart' });
        }),
        assign(({ context, event }) => {
          const gently = isGentle(context, event);
          const { members, maintenance } = context;
          return {
            plan: event.plan,
            overlaps: gently,
            owed: event.plan.size.start,
            failures: 0,
            members: new Map([...members].map(([id, member]) => [id, { ...member, counts: false, isLeaving: true }])),
            maintenance: { spawn: 0, retire: 0, ...(gently ? paceAfterGracefulRestart(maintenance) : maintenance) },
          };
        }),
      ],
    },
    DRAIN: '.draining',
    STOP: '.stopping',
  },
  states: {
    filling: {
      entry: assign(({ context, spawn }) => ({
        ...withProcesses(context, missing(context), spawn),
        owed: Math.max(0, Math.min(context.owed, wanting(context)) - Math.max(0, missing(context))),
      })),
      always: { guard: 'isFull', target: 'full' },
      on: {
        'xstate.done.actor.*': {
          actions: [
            ...takeLeave,
            // One at a time waits, so that many that die together do not each call for all the others.
            cancel('replace'),
            raise({ type: 'REPLACE' }, { id: 'replace', delay: 'respawnDelay' }),
            assign({ isWaiting: true }),
            { type: 'tellOfRetry', params: ({ context, event }) => retryOf(context, event.output) },
          ],
        },
        REPLACE: { guard: 'isShort', target: 'filling', reenter: true, actions: assign({ isWaiting: false }) },
      },
    },
    full: {
      entry: sendParent(
        ({ context }): ProcessGroupReport => ({ type: 'GROUP_FULL', processGroup: context.plan.processGroup }),
      ),
      initial: 'steady',
      states: {
        steady: {
          after: {
            maintenanceInterval: {
              guard: 'followsLoad',
              target: 'steady',
              reenter: true,
              actions: [assign({ kills: 0 }), 'takeStock'],
            },
          },
        },
        // Processes were started because of load, and not all of them are ready.
        scaling: {
          always: { guard: 'isSettled', target: 'steady' },
          after: {
            maintenanceInterval: { target: 'scaling', reenter: true, actions: [assign({ kills: 0 }), 'takeStock'] },
          },
        },
        judging: {
          always: [
            {
              guard: 'mustGrow',
              target: 'scaling',
              actions: assign(({ context, spawn }) => withProcesses(context, context.maintenance.spawn, spawn)),
            },
            {
              guard: 'mustShrink',
              target: 'steady',
              actions: [
                enqueueActions(({ context, enqueue }) => {
                  const [, member] = surplus(context) ?? [];
                  if (member) enqueue.sendTo(member.ref, { type: 'RETIRE', because: 'surplus' });
                }),
                assign(({ context }) => {
                  const [process, member] = surplus(context) ?? [];
                  if (!process || !member) return {};
                  const told = { ...member, counts: false, isLeaving: true };
                  return { members: new Map(context.members).set(process, told) };
                }),
              ],
            },
            { target: 'steady' },
          ],
        },
      },
      on: {
        STOCK: {
          guard: not('isAiling'),
          target: '.judging',
          actions: { type: 'decideMaintenance', params: ({ event }) => event },
        },
        'xstate.done.actor.*': [
          // An Apache child is not replaced because it is gone, but when the next round of maintenance finds too few
          // idle. Source: httpd 2.4, prefork.c, prefork_run: `remaining_children_to_start` is of the start only.
          // But a restart still owes some of the new generation. Source: ibid., where a child of the old one ends.
          {
            guard: 'isOwed',
            target: 'filling',
            actions: [...takeLeave],
          },
          {
            guard: 'isReplacedAtOnce',
            target: '.scaling',
            actions: [
              { type: 'noteGone', params: ({ event }) => event.output },
              assign(({ context, spawn }) =>
                withProcesses(context, Math.min(1, allowed(context), slots(context) - context.members.size), spawn),
              ),
            ],
          },
          {
            guard: 'isLeftToMaintenance',
            actions: [...takeLeave],
          },
          {
            actions: [
              ...takeLeave,
              cancel('replace'),
              raise({ type: 'REPLACE' }, { id: 'replace', delay: 'respawnDelay' }),
              assign({ isWaiting: true }),
              { type: 'tellOfRetry', params: ({ context, event }) => retryOf(context, event.output) },
            ],
          },
        ],
        REPLACE: [
          // Maintenance goes on where it was.
          { guard: 'followsLoad', actions: assign({ isWaiting: false }) },
          { guard: 'isShort', target: 'filling', actions: assign({ isWaiting: false }) },
        ],
      },
    },
    draining: {
      entry: enqueueActions(({ context, enqueue }) => {
        for (const { ref } of context.members.values()) enqueue.sendTo(ref, { type: 'RETIRE', because: 'server-stop' });
      }),
      always: { guard: 'isEmpty', target: 'empty' },
      on: { RESTART: {}, DRAIN: {} },
    },
    stopping: {
      entry: enqueueActions(({ context, enqueue }) => {
        for (const { ref } of context.members.values())
          enqueue.sendTo(ref, { type: 'TERMINATE', because: 'server-stop' });
      }),
      always: { guard: 'isEmpty', target: 'empty' },
      on: { RESTART: {}, DRAIN: {}, STOP: {} },
    },
    empty: { type: 'final' },
  },
});

/** The one that is told to go when there are too many: the youngest. */
const surplus = ({ members }: Context) => [...members].findLast(([, { counts }]) => counts);

const leaving = ({ members }: Context): number => [...members.values()].filter(({ isLeaving }) => isLeaving).length;

/**
 * Restart intensity: at once after a process that proved itself. After one that was ready and ended within a second it
 * takes up to a second, as Apache's parent looks for dead processes once a second; after some that never got ready up to
 * 20 s. Sources: rules LIFE-REPLACE-03, LIFE-REPLACE-04.
 */
const respawnDelay = ({ failures, lastWasReady }: Context): number =>
  failures === 0 ? 0 : Math.min(100 * 2 ** failures, lastWasReady ? 1000 : 20_000);

const retryOf = (context: Context, { process }: ServerProcessEnd): Retry => ({
  processGroup: context.plan.processGroup,
  process,
  wasReady: context.lastWasReady,
  failures: context.failures,
  delay: millis(respawnDelay(context)),
});

/** Every process that was not told to go takes requests. */
const isSettled = ({ members }: Context): boolean =>
  [...members.values()].every(({ counts, isLeaving }) => counts || isLeaving);

/** Only children finish what they have: a daemon process is told to end at any restart. */
const isGentle = ({ plan }: Context, { graceful }: { readonly graceful: boolean }): boolean =>
  graceful && plan.terms.kind === 'child';

const slots = ({ plan }: Context): number => plan.size.slots ?? plan.size.max;

/**
 * How many processes must be started now. One that was told to go keeps the place of its successor; only after a graceful
 * restart are children started beside those of the old generation, as far as there are places.
 * Source: httpd 2.4, prefork_run, worker_run and event_run, `remaining_children_to_start`.
 */
const missing = (context: Context): number => {
  const { plan, members, overlaps } = context;
  return overlaps ? Math.min(wanting(context), slots(context) - members.size) : plan.size.start - members.size;
};

/** Processes that lack to the number of the start, those that are told to go not counted. */
const wanting = (context: Context): number => context.plan.size.start - (context.members.size - leaving(context));

/** How many more there may be, those that are told to go not counted. */
const allowed = (context: Context): number => context.plan.size.max - (context.members.size - leaving(context));

const counting = ({ members }: Context): number => [...members.values()].filter(({ counts }) => counts).length;

function freePlace(members: Context['members']): number {
  const taken = new Set([...members.values()].map(({ place }) => place));
  let place = 1;
  while (taken.has(place)) place++;
  return place;
}

/** The group with `count` more processes, each started by the world when its machine enters `spawning`. */
function withProcesses(
  context: Context,
  count: number,
  spawn: (
    src: 'serverProcess',
    options: { id: string; input: { process: ProcessId; processGroup: string; terms: GroupPlan['terms'] } },
  ) => Member['ref'],
): Pick<Context, 'members' | 'started'> {
  const members = new Map(context.members);
  let { started } = context;
  for (let left = count; left > 0; left--) {
    const { processGroup, terms } = context.plan;
    const process = processId(processGroup, ++started);
    const place = freePlace(members);
    const ref = spawn('serverProcess', { id: `place ${place}`, input: { process, processGroup, terms } });
    members.set(process, { ref, place, counts: false, isLeaving: false });
  }
  return { members, started };
}
