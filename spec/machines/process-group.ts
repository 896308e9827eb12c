/**
 * A group of equal processes: a daemon process group, whose number is fixed, or the Apache children, whose number
 * follows the load. It starts processes and replaces those that end.
 *
 * Sources: mod_wsgi 4.9.4, wsgi_manage_process (a replacement is forked only after the old process is gone, rule
 * LIFE-REPLACE-02); httpd 2.4, server_main_loop and perform_idle_server_maintenance of the MPMs.
 */
import {
  type ActorRefFrom,
  and,
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
import {
  type ServerProcessEnd,
  type ServerProcessInput,
  type ServerProcessReport,
  serverProcessMachine,
} from './server-process.ts';

interface Member {
  readonly ref: ActorRefFrom<typeof serverProcessMachine>;
  /**
   * Its place among the processes there are, from 1. The actor is called by it: XState remembers each name under which an
   * actor ever ended, and places are few.
   */
  readonly place: number;
  /** Its slot in the scoreboard, from 1. A child of worker may share it with those before it, which are on their way out. */
  readonly slot: number;
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
  /** How long a replacement waits that has not been started yet, in ms; null where none does. */
  readonly wait: number | null;
  /** What the last round of idle maintenance decided. */
  readonly maintenance: Maintenance;
  /** Slots that it found to be shared: their last process is on its way out, and some threads are free. */
  readonly sharable: readonly number[];
  /** Children that a signal killed since the last round of maintenance. */
  readonly kills: number;
}

export type ProcessGroupEvent =
  | ServerProcessReport
  | DoneActorEvent<ServerProcessEnd>
  /** A replacement's time has come. */
  | { readonly type: 'REPLACE' }
  /** The world counted idle threads, and looked which processes on their way out have left threads of their slot free. */
  | { readonly type: 'STOCK'; readonly idleThreads: number; readonly partlyGone: readonly ProcessId[] }
  /** New configuration: every process goes, and FILL starts others by `plan`. Only Apache children go gracefully. */
  | { readonly type: 'RESTART'; readonly graceful: boolean; readonly plan: GroupPlan }
  /** After a RESTART that the group has told to be done with: the new processes are started. */
  | { readonly type: 'FILL' }
  /** Every process finishes what is in progress and goes; nothing is replaced. */
  | { readonly type: 'DRAIN' }
  | { readonly type: 'STOP' };

/**
 * What a group tells the server when it has its number of processes, and when after a restart none is left of those before,
 * but for children that finish their requests.
 */
export interface ProcessGroupReport {
  readonly type: 'GROUP_FULL' | 'GROUP_VACATED';
  readonly processGroup: ProcessGroupName;
}

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

const tellOfRetry = {
  type: 'tellOfRetry',
  params: ({ context, event }: { readonly context: Context; readonly event: DoneActorEvent<ServerProcessEnd> }) =>
    retryOf(context, event.output),
} as const;

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
    noteGone: assign(({ context }, end: ServerProcessEnd) => {
      const { process, isProven, wasKilled } = end;
      const members = new Map(context.members);
      members.delete(process);
      return {
        ...bereaved(context, end),
        members,
        kills: context.kills + (wasKilled ? 1 : 0),
        // Source: httpd 2.4, worker.c, server_main_loop: after a sick child the fork rate is the least.
        maintenance: isProven ? context.maintenance : { ...context.maintenance, spawnRate: 1 },
      };
    }),
    noteWait: assign(({ context }) => ({ wait: respawnDelay(context) })),
    /** An actor keeps its children for ever, those that are done as well, unless it stops them. */
    letGo: stopChild(({ context }, { process }: ServerProcessEnd) => context.members.get(process)?.ref ?? process),
    /** Tells the user what happens and when it is tried again, where the next one has to wait. */
    tellOfRetry: (_, _retry: Retry) => {},
    decideMaintenance: assign(
      ({ context }, { idleThreads, partlyGone }: Omit<Extract<ProcessGroupEvent, { type: 'STOCK' }>, 'type'>) => {
        const { plan, members } = context;
        const free = freeSlots(context);
        const sharable = sharableSlots(context, partlyGone);
        const stock = {
          idleThreads,
          children: members.size - leaving(context),
          maxChildren: plan.size.max,
          freeSlots: free + sharable.length,
          // Where many are on their way out, slots are kept for a restart. Source: httpd 2.4, event.c, `do_kill`.
          mayRetire: plan.mpm !== 'event' || leaving(context) === 0 || free > plan.size.max,
        };
        const spare = plan.spareThreads ?? { min: 0, max: idleThreads };
        return { sharable, maintenance: maintainIdle(stock, spare, context.maintenance) };
      },
    ),
  },
  guards: {
    isFull: ({ context }) =>
      context.overlaps ? missing(context) <= 0 && isSettled(context) : counting(context) >= context.plan.size.start,
    isEmpty: ({ context }) => context.members.size === 0,
    isVacated: ({ context }) => context.overlaps || context.members.size === 0,
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
    /**
     * One at a time waits, so that many that die together do not each call for all the others; and whoever dies later
     * does not make those before wait longer.
     */
    isAlreadyAwaited: ({ context, event }) =>
      'output' in event &&
      context.wait !== null &&
      context.wait <= respawnDelay({ ...context, ...bereaved(context, event.output) }),
    isLeftToMaintenance: ({ context, event }) =>
      context.plan.spareThreads !== null && 'output' in event && event.output.isProven,
    /** Idle maintenance must not start processes faster than they may be tried. */
    isAiling: ({ context }) => context.failures > 0 && context.wait !== null,
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
    wait: null,
    kills: 0,
    maintenance: { spawn: 0, retire: 0, ...firstPace },
    sharable: [],
  }),
  output: ({ context }) => ({ processGroup: context.plan.processGroup }),
  initial: 'filling',
  on: {
    PROCESS_READY: { actions: { type: 'noteReady', params: ({ event }) => event } },
    'xstate.done.actor.*': { actions: [...takeLeave] },
    RESTART: {
      target: '.vacating',
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
        'xstate.done.actor.*': [
          {
            guard: 'isAlreadyAwaited',
            actions: [...takeLeave, tellOfRetry],
          },
          {
            actions: [
              ...takeLeave,
              cancel('replace'),
              raise({ type: 'REPLACE' }, { id: 'replace', delay: 'respawnDelay' }),
              'noteWait',
              tellOfRetry,
            ],
          },
        ],
        REPLACE: [
          { guard: 'isShort', target: 'filling', reenter: true, actions: assign({ wait: null }) },
          { actions: assign({ wait: null }) },
        ],
      },
    },
    vacating: {
      always: { guard: 'isVacated', target: 'vacated' },
    },
    vacated: {
      entry: sendParent(
        ({ context }): ProcessGroupReport => ({ type: 'GROUP_VACATED', processGroup: context.plan.processGroup }),
      ),
      // Those that were told to go owe nobody an explanation.
      on: { FILL: { target: 'filling', actions: assign({ failures: 0, wait: null }) } },
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
              actions: assign(({ context, spawn }) =>
                withProcesses(context, context.maintenance.spawn, spawn, context.sharable),
              ),
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
                withProcesses(context, Math.min(1, allowed(context), freeSlots(context)), spawn),
              ),
            ],
          },
          {
            guard: 'isLeftToMaintenance',
            actions: [...takeLeave],
          },
          {
            guard: 'isAlreadyAwaited',
            actions: [...takeLeave, tellOfRetry],
          },
          {
            actions: [
              ...takeLeave,
              cancel('replace'),
              raise({ type: 'REPLACE' }, { id: 'replace', delay: 'respawnDelay' }),
              'noteWait',
              tellOfRetry,
            ],
          },
        ],
        REPLACE: [
          { guard: and(['isShort', not('followsLoad')]), target: 'filling', actions: assign({ wait: null }) },
          // Maintenance goes on where it was.
          { actions: assign({ wait: null }) },
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
 * Restart intensity: at once after a process that proved itself. After one that ended within a second it takes up to a
 * second, as Apache's parent looks for dead processes once a second; after some that never got ready whoever wants to may
 * wait longer. Sources: rules LIFE-REPLACE-03, LIFE-REPLACE-04.
 */
const respawnDelay = ({ failures, lastWasReady, plan }: Pick<Context, 'failures' | 'lastWasReady' | 'plan'>): number =>
  failures === 0 ? 0 : Math.min(100 * 2 ** failures, lastWasReady ? look : (plan.longestPause ?? look));

/** How often Apache's parent looks for dead processes, in ms. */
const look = 1000;

/** How it stands with failures after an end. */
const bereaved = ({ failures }: Context, { wasReady, isProven }: ServerProcessEnd) => ({
  failures: isProven ? 0 : failures + 1,
  lastWasReady: wasReady,
});

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

const freeSlots = ({ plan, members }: Context): number =>
  (plan.size.slots ?? plan.size.max) - new Set([...members.values()].map(({ slot }) => slot)).size;

/**
 * A child of worker gives up its slot when the first of its threads has ended: its successor begins with those threads,
 * and gets each other one as it ends. Source: httpd 2.4, worker.c, perform_idle_server_maintenance, `any_dead_threads`,
 * and start_threads.
 */
function sharableSlots({ plan, members }: Context, partlyGone: readonly ProcessId[]): readonly number[] {
  if (plan.mpm !== 'worker') return [];
  const lastOf = new Map([...members].map(([process, { slot }]) => [slot, process]));
  return [...lastOf].filter(([, process]) => partlyGone.includes(process)).map(([slot]) => slot);
}

/**
 * How many processes must be started now. One that was told to go keeps the place of its successor; only after a graceful
 * restart are children started beside those of the old generation, as far as there are places.
 * Source: httpd 2.4, prefork_run, worker_run and event_run, `remaining_children_to_start`.
 */
const missing = (context: Context): number => {
  const { plan, members, overlaps } = context;
  return overlaps ? Math.min(wanting(context), freeSlots(context)) : plan.size.start - members.size;
};

/** Processes that lack to the number of the start, those that are told to go not counted. */
const wanting = (context: Context): number => context.plan.size.start - (context.members.size - leaving(context));

/** How many more there may be, those that are told to go not counted. */
const allowed = (context: Context): number => context.plan.size.max - (context.members.size - leaving(context));

const counting = ({ members }: Context): number => [...members.values()].filter(({ counts }) => counts).length;

/** The least number from 1 that nobody has. */
function firstFree(taken: Iterable<number>): number {
  const all = new Set(taken);
  let free = 1;
  while (all.has(free)) free++;
  return free;
}

/**
 * The group with `count` more processes, each started by the world when its machine enters `spawning`.
 * @param sharable - Slots for those that find none empty.
 */
function withProcesses(
  context: Context,
  count: number,
  spawn: (src: 'serverProcess', options: { id: string; input: ServerProcessInput }) => Member['ref'],
  sharable: readonly number[] = [],
): Pick<Context, 'members' | 'started'> {
  const members = new Map(context.members);
  const shared = [...sharable];
  let { started } = context;
  for (let left = count; left > 0; left--) {
    const { processGroup, terms } = context.plan;
    const process = processId(processGroup, ++started);
    const present = [...members.values()];
    const place = firstFree(present.map((member) => member.place));
    const slot =
      (freeSlots({ ...context, members }) > 0 ? undefined : shared.shift()) ??
      firstFree(present.map((member) => member.slot));
    const beside = [...members].filter(([, member]) => member.slot === slot).map(([id]) => id);
    const ref = spawn('serverProcess', { id: `place ${place}`, input: { process, processGroup, terms, beside } });
    members.set(process, { ref, place, slot, counts: false, isLeaving: false });
  }
  return { members, started };
}
