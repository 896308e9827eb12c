/**
 * The master of uWSGI, the parent of its workers: it loads the applications, starts the workers, replaces those that end,
 * and reloads by becoming another program on the same sockets.
 * Sources: uWSGI 2.0.21, core/master.c, master_loop; core/master_checks.c; core/uwsgi.c, grace_them_all, reap_them_all and
 * kill_them_all; rules LIFE-UWSGI-*, RELOAD-UWSGI-*, SHUT-UWSGI-*.
 */
import { and, assign, cancel, enqueueActions, raise, setup, stopChild } from 'xstate';
import type { Ending } from '../trace.ts';
import type { ProcessId } from '../vocabulary.ts';
import { type CheaperRound, cheaperRound, firstCounts } from './cheaper.ts';
import { type WorkerEnd, workerMachine } from './worker.ts';
import {
  type Brood,
  broodWithout,
  broodWithReady,
  ended,
  isSettled,
  noWorkers,
  type ParentEvent,
  refOf,
  takeLeave,
  withLeaving,
  withWorker,
  withWorkers,
} from './worker-parent.ts';
import type { MasterPlan } from './worker-terms.ts';

export interface MasterInput {
  readonly plan: MasterPlan;
}

interface Context extends MasterInput {
  readonly brood: Brood;
  /** Why the workers that are told to go have to. */
  readonly because: Ending;
  /** A brutal reload does not wait for requests. */
  readonly isBrutal: boolean;
  /** Places whose worker is not replaced: there were too many. */
  readonly cheaped: ReadonlySet<number>;
  readonly round: CheaperRound;
  /** Workers replaced in a row, none of them long after the one before. */
  readonly respawns: number;
  /** Places of workers that are still to be replaced. */
  readonly owed: readonly number[];
  /** The master sleeps, and replaces none meanwhile. */
  readonly isAsleep: boolean;
  /** The place whose worker the chain is at; 0 while there is none. */
  readonly link: number;
}

export type MasterEvent =
  | ParentEvent
  /** The world counted the workers that run a request, and those that run none, the oldest first. */
  | { readonly type: 'STOCK'; readonly busy: number; readonly idle: readonly ProcessId[] }
  /** No worker was replaced for a while. */
  | { readonly type: 'CALM' }
  /** It has slept long enough. */
  | { readonly type: 'AWAKE' }
  /** The configuration was read again, as whoever is executed anew does: workers that start from now on follow it. */
  | { readonly type: 'CONFIGURED'; readonly plan: MasterPlan };

/** Status of a worker that has no application and needs one. Source: uwsgi.h, `UWSGI_FAILED_APP_CODE`. */
const failedApp = 22;

const placeOf = ({ brood }: Context, process: ProcessId): number => brood.workers.get(process)?.place ?? 0;

const at = ({ workers }: Brood, place: number) => [...workers.values()].find((worker) => worker.place === place);

/** The next worker of a chain: the first from the place on that takes requests; 0 where none is left. */
function nextLink({ brood, plan }: Context, from: number): number {
  let place = from;
  while (place <= plan.most && !at(brood, place)?.counts) place++;
  return place > plan.most ? 0 : place;
}

export const masterMachine = setup({
  types: { context: {} as Context, events: {} as MasterEvent, input: {} as MasterInput },
  actors: { worker: workerMachine },
  actions: {
    /** Loads the applications, and answers with LOADED or LOAD_FAILED. */
    loadApplications: () => {},
    openListeners: () => {},
    /** Whoever waits on the sockets has waited in vain. */
    closeListeners: () => {},
    /** Asks the world who runs requests, and to answer with STOCK. */
    takeStock: () => {},
    letGo: stopChild((parent, worker: WorkerEnd) => refOf(parent, worker)),
    noteGone: assign({ brood: (parent, worker: WorkerEnd) => broodWithout(parent, worker) }),
    noteOwed: assign({
      owed: ({ context }, { process }: WorkerEnd) => [...context.owed, placeOf(context, process)],
    }),
    noteReady: assign({
      brood: (parent, worker: { readonly process: ProcessId }) => broodWithReady(parent, worker),
    }),
    startWorkers: assign(({ context: { brood, plan }, spawn }) => ({
      brood: withWorkers(brood, plan.workers, plan, spawn),
      cheaped: new Set(Array.from({ length: plan.most - plan.workers }, (_, index) => plan.workers + index + 1)),
      owed: [],
      link: 0,
    })),
    startOwed: assign(({ context: { brood, owed, plan }, spawn }) => ({
      brood: owed.reduce((more, place) => withWorker(more, plan, spawn, 'worker', place), brood),
      owed: [],
    })),
    /** Takes places that had none, as many as the round wants, the first ones first. */
    noteCheaperStarts: assign(({ context: { brood, cheaped, round } }) => {
      const vacant = [...cheaped].filter((place) => !at(brood, place)).sort((a, b) => a - b);
      const owed = vacant.slice(0, round.start);
      return { owed, cheaped: new Set([...cheaped].filter((place) => !owed.includes(place))) };
    }),
    decideRound: assign(({ context: { plan, brood, round } }, { busy }: { readonly busy: number }) => ({
      round: plan.cheaper
        ? cheaperRound(
            { active: brood.workers.size, busy, vacant: plan.most - brood.workers.size },
            plan.cheaper,
            round,
          )
        : round,
    })),
  },
  guards: {
    preloads: ({ context }) => context.plan.preloads,
    isComplete: ({ context }) => isSettled(context.brood) && context.owed.length === 0,
    isRenewed: ({ context: { brood, owed } }) =>
      owed.length === 0 && [...brood.workers.values()].every(({ counts }) => counts),
    isEmpty: ({ context }) => context.brood.workers.size === 0,
    scales: ({ context }) => context.plan.cheaper !== null,
    isSurplus: ({ context, event }) => 'output' in event && context.cheaped.has(placeOf(context, event.output.process)),
    /** Source: core/master.c, "first check failed app loading in need-app mode". */
    lacksApplication: ({ event }) =>
      'output' in event && event.output.exit.kind === 'returned' && event.output.exit.code === failedApp,
    isAsleep: ({ context }) => context.isAsleep,
    isTooFast: ({ context }) => context.respawns >= context.plan.most,
    /** The worker that follows the one the chain is at takes requests. */
    isLink: ({ context, event }) =>
      event.type === 'WORKER_READY' && context.link > 0 && placeOf(context, event.process) === context.link,
    isHangup: ({ event }) => event.type === 'SIGNAL' && event.signal === 'SIGHUP',
    stops: ({ context: { plan }, event }) =>
      event.type === 'SIGNAL' &&
      (event.signal === 'SIGINT' || event.signal === (plan.dieOnTerm ? 'SIGTERM' : 'SIGQUIT')),
    reloadsBrutally: ({ context: { plan }, event }) =>
      event.type === 'SIGNAL' && event.signal === (plan.dieOnTerm ? 'SIGQUIT' : 'SIGTERM'),
    isLazy: ({ context }) => context.plan.isLazy,
    exitsOnReload: ({ context }) => context.plan.exitsOnReload,
    isWorkersReload: ({ event }) => event.type === 'TOUCHED' && event.because === 'touch-workers-reload',
    isChainReload: ({ event }) => event.type === 'TOUCHED' && event.because === 'touch-chain-reload',
    isChained: ({ context }) => context.link > 0,
  },
  delays: {
    /** A cycle of the master. Source: core/master.c, `uwsgi.master_interval`. */
    masterInterval: 1000,
    forkbombDelay: ({ context }) => context.plan.forkbombDelay,
    /** Source: core/master.c, `uwsgi.respawn_delta + check_interval`. */
    calm: 1000,
  },
}).createMachine({
  id: 'master',
  context: ({ input }) => ({
    ...input,
    brood: noWorkers,
    because: 'server-restart',
    isBrutal: false,
    cheaped: new Set(),
    round: { ...firstCounts, start: 0, stop: false },
    respawns: 0,
    owed: [],
    isAsleep: false,
    link: 0,
  }),
  initial: 'starting',
  on: {
    WORKER_READY: { actions: { type: 'noteReady', params: ({ event }) => event } },
    CALM: { actions: assign({ respawns: 0 }) },
    CONFIGURED: { actions: assign({ plan: ({ event }) => event.plan }) },
    AWAKE: { actions: ['startOwed', assign({ isAsleep: false })] },
    'xstate.done.actor.*': [
      { guard: 'lacksApplication', target: '.stopping', actions: [...takeLeave] },
      { guard: 'isSurplus', actions: [...takeLeave] },
      { guard: 'isAsleep', actions: [{ type: 'noteOwed', params: ended }, ...takeLeave] },
      // Source: core/master.c, "avoid fork bombing"; rule LIFE-UWSGI-08.
      {
        guard: 'isTooFast',
        actions: [
          { type: 'noteOwed', params: ended },
          ...takeLeave,
          assign({ respawns: 0, isAsleep: true }),
          raise({ type: 'AWAKE' }, { delay: 'forkbombDelay' }),
        ],
      },
      {
        actions: [
          { type: 'noteOwed', params: ended },
          ...takeLeave,
          'startOwed',
          assign({ respawns: ({ context }) => context.respawns + 1 }),
          cancel('calm'),
          raise({ type: 'CALM' }, { id: 'calm', delay: 'calm' }),
        ],
      },
    ],
    SIGNAL: [
      { guard: 'stops', target: '.stopping' },
      {
        guard: 'reloadsBrutally',
        target: '.reloading',
        actions: assign({ isBrutal: true, because: 'server-restart' }),
      },
      { guard: and(['isHangup', 'isLazy']), target: '.renewing', actions: assign({ because: 'server-restart' }) },
      {
        guard: 'isHangup',
        target: '.reloading',
        actions: assign({ isBrutal: false, because: 'server-restart' }),
      },
    ],
    TOUCHED: [
      {
        guard: 'isWorkersReload',
        target: '.renewing',
        actions: assign({ because: ({ event }) => event.because }),
      },
      { guard: and(['isChainReload', 'isChained']) },
      {
        guard: 'isChainReload',
        target: '.chaining',
        actions: assign({ link: ({ context }) => nextLink(context, 1) }),
      },
      { guard: 'isLazy', target: '.renewing', actions: assign({ because: ({ event }) => event.because }) },
      { target: '.reloading', actions: assign({ isBrutal: false, because: ({ event }) => event.because }) },
    ],
  },
  states: {
    starting: {
      initial: 'deciding',
      states: {
        deciding: { always: [{ guard: 'preloads', target: 'loading' }, { target: 'filling' }] },
        loading: { entry: 'loadApplications', on: { LOADED: 'filling', LOAD_FAILED: '#master.stopping' } },
        filling: {
          entry: ['openListeners', 'startWorkers'],
          always: { guard: 'isComplete', target: '#master.running' },
        },
      },
    },
    running: {
      after: { masterInterval: { guard: 'scales', target: 'running', reenter: true, actions: 'takeStock' } },
      on: {
        STOCK: { target: 'scaling', actions: { type: 'decideRound', params: ({ event }) => event } },
        WORKER_READY: [
          {
            guard: 'isLink',
            target: 'chaining',
            actions: [
              { type: 'noteReady', params: ({ event }) => event },
              assign({ link: ({ context }) => nextLink(context, context.link + 1) }),
            ],
          },
          { actions: { type: 'noteReady', params: ({ event }) => event } },
        ],
      },
    },
    // The number of workers follows the load. Source: core/master_utils.c, uwsgi_calc_cheaper; rule LIFE-UWSGI-06.
    scaling: {
      entry: [
        enqueueActions(({ context: { round, brood, cheaped }, event, enqueue }) => {
          const [oldest] = event.type === 'STOCK' ? event.idle : [];
          const worker = oldest === undefined ? undefined : brood.workers.get(oldest);
          if (!round.stop || oldest === undefined || !worker) return;
          enqueue.sendTo(worker.ref, { type: 'FINISH', because: 'surplus' });
          enqueue.assign({
            brood: withLeaving(brood, new Set([oldest])),
            cheaped: new Set(cheaped).add(worker.place),
          });
        }),
        'noteCheaperStarts',
        'startOwed',
      ],
      always: 'running',
    },
    // Each worker is replaced as it ends, and the master stays what it is. Sources: core/master.c, uwsgi_reload_workers;
    // rule RELOAD-UWSGI-03.
    renewing: {
      entry: enqueueActions(({ context: { brood, because }, enqueue }) => {
        for (const { ref } of brood.workers.values()) enqueue.sendTo(ref, { type: 'FINISH', because });
        enqueue.assign({ brood: withLeaving(brood, new Set(brood.workers.keys())) });
      }),
      always: { guard: 'isRenewed', target: 'running' },
    },
    // The next worker of a chain is told. Source: core/master_checks.c, uwsgi_master_check_chain; rule RELOAD-UWSGI-03.
    chaining: {
      entry: enqueueActions(({ context: { brood, link }, enqueue }) => {
        const victim = [...brood.workers].find(([, { place }]) => place === link);
        if (!victim) return;
        const [process, { ref }] = victim;
        enqueue.sendTo(ref, { type: 'FINISH', because: 'touch-chain-reload' });
        enqueue.assign({ brood: withLeaving(brood, new Set([process])) });
      }),
      always: 'running',
    },
    // Nobody serves until the last is gone; then the master is executed anew, and everything is loaded again. The sockets
    // stay, and with them whoever waits. Sources: core/uwsgi.c, uwsgi_reload; rule RELOAD-UWSGI-01.
    reloading: {
      entry: [
        enqueueActions(({ context: { brood, isBrutal, because }, enqueue }) => {
          for (const { ref } of brood.workers.values())
            enqueue.sendTo(ref, { type: isBrutal ? 'QUIT' : 'FINISH', because });
        }),
      ],
      always: [
        { guard: and(['isEmpty', 'exitsOnReload']), target: 'stopping' },
        { guard: 'isEmpty', target: 'starting', actions: assign({ respawns: 0, isAsleep: false }) },
      ],
      on: {
        'xstate.done.actor.*': { actions: [...takeLeave] },
        SIGNAL: { guard: 'stops', target: 'stopping' },
        AWAKE: {},
        TOUCHED: {},
      },
    },
    stopping: {
      entry: [
        'closeListeners',
        enqueueActions(({ context: { brood }, enqueue }) => {
          for (const { ref } of brood.workers.values()) enqueue.sendTo(ref, { type: 'QUIT', because: 'server-stop' });
        }),
      ],
      always: { guard: 'isEmpty', target: 'stopped' },
      on: { 'xstate.done.actor.*': { actions: [...takeLeave] }, SIGNAL: {}, TOUCHED: {}, AWAKE: {} },
    },
    stopped: { type: 'final' },
  },
});
