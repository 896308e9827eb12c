/**
 * One worker: an operating system process of gunicorn, uWSGI or another server of equal processes, all of which take
 * requests from one queue. What differs between servers is in its terms.
 *
 * Sources: gunicorn 20.1, workers/*.py, arbiter.py; uWSGI 2.0, core/uwsgi.c, gracefully_kill, end_me and
 * goodbye_cruel_world, core/master.c; rules LIFE-GUNI-*, LIFE-UWSGI-*, SHUT-GUNI-01, SHUT-UWSGI-02.
 */
import { assign, not, sendParent, setup } from 'xstate';
import type { Ending, Exit, Happening } from '../trace.ts';
import type { ProcessGroupName, ProcessId } from '../vocabulary.ts';
import { orNever } from './timers.ts';
import type { WorkerTerms } from './worker-terms.ts';

export interface WorkerInput {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly terms: WorkerTerms;
}

interface Context extends WorkerInput {
  /** Why it ends; null while nothing asks it to. */
  readonly because: Ending | null;
  readonly exit: Exit | null;
  readonly wasReady: boolean;
  /** It is as old as a worker must be to be replaced for its requests. */
  readonly isGrown: boolean;
}

export type WorkerEvent =
  | { readonly type: 'SPAWNED'; readonly pid: number }
  /** It takes requests. */
  | { readonly type: 'READY' }
  /** It runs as many requests as it can. */
  | { readonly type: 'SATURATED' }
  | { readonly type: 'THREAD_FREE' }
  /** No request is in progress. */
  | { readonly type: 'IDLE' }
  /** It has had as many requests as it may. */
  | { readonly type: 'SPENT' }
  /** A request is over, and it has more memory than it may. */
  | { readonly type: 'OUTGROWN'; readonly limit: 'reload-on-as' | 'reload-on-rss' }
  /** Its parent, or a signal, wants it to take nothing more, to finish what it has, and to go. */
  | { readonly type: 'FINISH'; readonly because: Ending }
  /** Its parent, or a signal, wants it to go now. */
  | { readonly type: 'QUIT'; readonly because: Ending }
  /** Its parent has not heard of it for too long, or finds it too large: gunicorn's timeout, uWSGI's harakiri and evil-reload-on-rss. */
  | { readonly type: 'OVERDUE'; readonly because: Ending }
  /** Its parent's patience is over. */
  | { readonly type: 'KILL' }
  /** The operating system says that the process is gone. */
  | { readonly type: 'GONE'; readonly exit: Exit };

/** What a worker tells its parent when it takes requests. */
export type WorkerReport = { readonly type: 'WORKER_READY'; readonly process: ProcessId };

/** What its parent learns when it is gone. */
export interface WorkerEnd {
  readonly process: ProcessId;
  readonly because: Ending;
  readonly exit: Exit;
  readonly wasReady: boolean;
}

/** Signals that the kernel or a library sends to a process for its own fault. */
const faults: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP', 'SIGSYS']);

/** Why a worker ended that nobody had asked to. */
const endingOf = (exit: Exit): Ending => (exit.kind === 'killed' && !faults.has(exit.by) ? 'signal' : 'crash');

const spawned = ({
  context: { process, processGroup },
  event: { pid },
}: {
  readonly context: Context;
  readonly event: { readonly pid: number };
}) => ({ kind: 'process.spawned', process, processGroup, pid }) as const;

const becauseOf = ({ event }: { readonly event: { readonly because: Ending } }) => ({ because: event.because });

export const workerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as WorkerEvent,
    input: {} as WorkerInput,
    output: {} as WorkerEnd,
  },
  actions: {
    /** Starts the operating system process. */
    spawn: () => {},
    /** From here on it takes no new request. */
    stopAccepting: () => {},
    /** Asks the process to exit in order, whatever requests are in progress. */
    leave: () => {},
    /** Asks the process to exit as one that is stuck. */
    abort: () => {},
    /** Ends the process whatever it does. */
    forceExit: () => {},
    report: (_, _happening: Happening) => {},
    noteGrown: assign({ isGrown: true }),
    endBecause: assign({ because: (_, params: { readonly because: Ending }) => params.because }),
  },
  guards: {
    /** The world counts requests, so the world answers. */
    isIdle: () => true,
    isGrown: ({ context }) => context.isGrown || context.terms.minLifetime === 0,
    quitsAtOnce: ({ context }) => context.terms.quits === 'at-once',
    givesUp: ({ context }) => context.terms.afterMercy === 'gives-up',
    /** uWSGI kills without a word. Sources: core/master_utils.c, trigger_harakiri; core/master_checks.c. */
    isKilledAtOnce: ({ context: { terms } }) =>
      terms.watch?.because === 'harakiri' || terms.evilMemory.rss > 0 || terms.evilMemory.as > 0,
    /** It was told to go before it was there. */
    mustGo: ({ context }) => context.because !== null,
  },
  delays: {
    minLifetime: ({ context }) => context.terms.minLifetime,
    maxLifetime: ({ context }) => orNever(context.terms.maxLifetime),
    mercy: ({ context }) => orNever(context.terms.mercy),
    /** From SIGABRT to SIGKILL: the next time that the arbiter looks. Source: gunicorn 20.1, arbiter.py, murder_workers. */
    nextLook: 1000,
  },
}).createMachine({
  id: 'worker',
  context: ({ input }) => ({ ...input, because: null, exit: null, wasReady: false, isGrown: false }),
  output: ({ context: { process, because, exit, wasReady } }) => ({
    process,
    because: because ?? 'crash',
    exit: exit ?? { kind: 'returned', code: 0 },
    wasReady,
  }),
  initial: 'spawning',
  on: {
    GONE: {
      target: '.exited',
      actions: assign({
        exit: ({ event }) => event.exit,
        because: ({ context, event }) => context.because ?? endingOf(event.exit),
      }),
    },
    KILL: { actions: 'forceExit' },
  },
  states: {
    spawning: {
      entry: 'spawn',
      on: {
        SPAWNED: [
          { guard: 'mustGo', target: 'leaving', actions: { type: 'report', params: spawned } },
          { target: 'starting', actions: { type: 'report', params: spawned } },
        ],
        // Nobody is there yet to be told: it goes as soon as it is.
        FINISH: { actions: { type: 'endBecause', params: becauseOf } },
        QUIT: { actions: { type: 'endBecause', params: becauseOf } },
      },
    },
    starting: {
      on: {
        READY: {
          target: 'serving',
          actions: [
            assign({ wasReady: true }),
            { type: 'report', params: ({ context }) => ({ kind: 'process.ready', process: context.process }) as const },
            sendParent(({ context }): WorkerReport => ({ type: 'WORKER_READY', process: context.process })),
          ],
        },
        // Nothing is in progress that there could be to finish.
        FINISH: { target: 'leaving', actions: { type: 'endBecause', params: becauseOf } },
        QUIT: { target: 'leaving', actions: { type: 'endBecause', params: becauseOf } },
        OVERDUE: { target: 'overdue', actions: { type: 'endBecause', params: becauseOf } },
      },
    },
    serving: {
      initial: 'accepting',
      states: {
        accepting: { on: { SATURATED: 'saturated' } },
        saturated: { on: { THREAD_FREE: 'accepting' } },
      },
      after: {
        // Counted from the moment it serves, a little later than uWSGI's `last_spawn`.
        minLifetime: { actions: 'noteGrown' },
        maxLifetime: {
          target: 'finishing',
          actions: { type: 'endBecause', params: { because: 'max-worker-lifetime' } },
        },
      },
      on: {
        // However many requests it has had, a young worker goes on. Source: rule LIFE-UWSGI-01.
        SPENT: {
          guard: 'isGrown',
          target: 'finishing',
          actions: { type: 'endBecause', params: { because: 'max-requests' } },
        },
        OUTGROWN: {
          guard: 'isGrown',
          target: 'finishing',
          actions: { type: 'endBecause', params: ({ event }) => ({ because: event.limit }) },
        },
        FINISH: { target: 'finishing', actions: { type: 'endBecause', params: becauseOf } },
        QUIT: [
          { guard: 'quitsAtOnce', target: 'leaving', actions: { type: 'endBecause', params: becauseOf } },
          { target: 'finishing', actions: { type: 'endBecause', params: becauseOf } },
        ],
        OVERDUE: { target: 'overdue', actions: { type: 'endBecause', params: becauseOf } },
      },
    },
    // It takes nothing more, and goes at the first moment without a request.
    finishing: {
      entry: [
        {
          type: 'report',
          params: ({ context }) =>
            ({ kind: 'process.draining', process: context.process, because: context.because ?? 'crash' }) as const,
        },
        'stopAccepting',
      ],
      always: { guard: 'isIdle', target: 'leaving' },
      after: {
        mercy: [{ guard: 'givesUp', target: 'leaving' }, { target: 'killed' }],
      },
      on: {
        IDLE: 'leaving',
        QUIT: { guard: 'quitsAtOnce', target: 'leaving' },
        OVERDUE: 'overdue',
      },
    },
    leaving: {
      entry: [
        {
          type: 'report',
          params: ({ context }) =>
            ({ kind: 'process.stopping', process: context.process, because: context.because ?? 'crash' }) as const,
        },
        'stopAccepting',
        'leave',
      ],
      // One that is stuck cannot do as it is told.
      after: { mercy: { guard: not('givesUp'), target: 'killed' } },
      on: { OVERDUE: 'killed' },
    },
    overdue: {
      entry: [
        {
          type: 'report',
          params: ({ context }) =>
            ({ kind: 'process.stopping', process: context.process, because: context.because ?? 'crash' }) as const,
        },
        'stopAccepting',
      ],
      initial: 'noticed',
      states: {
        noticed: { always: [{ guard: 'isKilledAtOnce', target: '#worker.killed' }, { target: 'aborting' }] },
        aborting: { entry: 'abort', after: { nextLook: '#worker.killed' } },
      },
    },
    killed: { entry: ['stopAccepting', 'forceExit'] },
    exited: {
      type: 'final',
      entry: {
        type: 'report',
        params: ({ context }) =>
          ({
            kind: 'process.exited',
            process: context.process,
            because: context.because ?? 'crash',
            exit: context.exit ?? { kind: 'returned', code: 0 },
          }) as const,
      },
    },
  },
});
