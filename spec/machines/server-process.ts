/**
 * One operating system process that takes requests: an Apache child or a daemon process. It is the unit that dies.
 *
 * Sources: mod_wsgi 4.9.4, wsgi_daemon_worker, wsgi_monitor_thread, wsgi_daemon_main; httpd 2.4, child_main of the MPMs;
 * rules LIFE-*, SHUT-*, RELOAD-*.
 */
import { and, assign, not, or, sendParent, setup } from 'xstate';
import type { Ending, Exit, Happening } from '../trace.ts';
import type { ProcessGroupName, ProcessId, Signal } from '../vocabulary.ts';
import type { Due } from './process-monitor.ts';
import type { ProcessTerms } from './process-terms.ts';
import { orNever } from './timers.ts';

export interface ServerProcessInput {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly terms: ProcessTerms;
  /** Processes on their way out whose slot of the scoreboard it shares: it has a thread less for each of theirs that is busy. */
  readonly beside: readonly ProcessId[];
}

interface Context extends ServerProcessInput {
  /** Why the process ends; null while nothing asks it to. */
  readonly because: Ending | null;
  /** The signal that asked it to end; null where none did. */
  readonly signal: Signal | null;
  readonly exit: Exit | null;
  readonly wasReady: boolean;
  /** It stood the first second of service, or was asked to end once it was ready. */
  readonly isProven: boolean;
}

export type ServerProcessEvent =
  | { readonly type: 'SPAWNED'; readonly pid: number }
  /** Interpreters and preloads are done; it takes requests. */
  | { readonly type: 'READY' }
  /** Every thread is busy. */
  | { readonly type: 'SATURATED' }
  | { readonly type: 'THREAD_FREE' }
  /** No request is in progress. */
  | { readonly type: 'IDLE' }
  /** A request was handled and the process's allowance is used up: requests (daemon) or connections (Apache child). */
  | { readonly type: 'SPENT' }
  | { readonly type: 'SCRIPT_CHANGED' }
  | { readonly type: 'SIGNAL'; readonly signal: Signal }
  /** What a monitor finds; see {@link file://./process-monitor.ts}. */
  | { readonly type: Due }
  /** The group wants one process less, or the server another generation: finish what is in progress, then go. */
  | { readonly type: 'RETIRE'; readonly because: Ending }
  /** The server stops or restarts: go now; by force after the time Apache gives. */
  | { readonly type: 'TERMINATE'; readonly because: Ending }
  /** The operating system says that the process is gone. */
  | { readonly type: 'GONE'; readonly exit: Exit };

/** What a process tells the group that started it when it takes requests. */
export type ServerProcessReport = { readonly type: 'PROCESS_READY'; readonly process: ProcessId };

/** What a group learns when a process is gone: the output of its machine. */
export interface ServerProcessEnd {
  readonly process: ProcessId;
  readonly because: Ending;
  /** It took requests at some time. */
  readonly wasReady: boolean;
  /** It stood the first second of service, or was asked to end; if not, something may be wrong with it and its successors wait. */
  readonly isProven: boolean;
  readonly wasKilled: boolean;
}

const spawned = ({
  context: { process, processGroup },
  event: { pid },
}: {
  readonly context: Context;
  readonly event: { readonly pid: number };
}) => ({ kind: 'process.spawned', process, processGroup, pid }) as const;

/**
 * How long the graceful wait may last. Without a monitor, and for a child, it has no end; nor has it where both timeouts
 * are 0 (rule SHUT-GRACE-03). With graceful-timeout=0 alone the monitor takes the eviction-timeout for a sign that it must
 * look, and finds a deadline that is over. Source: mod_wsgi 4.9.4, wsgi_monitor_thread, wsgi_graceful_shutdown_time.
 */
function gracefulDeadline(because: Ending | null, terms: ProcessTerms): number {
  const { isMonitored, gracefulTimeout, evictionTimeout } = terms;
  if (!isMonitored || (gracefulTimeout === 0 && evictionTimeout === 0)) return orNever(0);
  return because === 'signal' ? evictionTimeout || gracefulTimeout : gracefulTimeout;
}

/** Signals that the kernel or a library sends to a process for its own fault. */
const faults: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP', 'SIGSYS']);

/** Why a process ended that nobody had asked to. */
function endingOf(exit: Exit, { threads }: ProcessTerms): Ending {
  if (exit.kind === 'killed') return faults.has(exit.by) ? 'crash' : 'signal';
  // With threads=0 it runs import scripts and ends when they return. Source: rule CONF-DAEMON-03.
  return threads === 0 && exit.code === 0 ? 'scripts-returned' : 'crash';
}

export const serverProcessMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ServerProcessEvent,
    input: {} as ServerProcessInput,
    output: {} as ServerProcessEnd,
  },
  actions: {
    /** Starts the operating system process. */
    spawn: () => {},
    /** From here on the process goes at the first moment without a request; until then it accepts more or it does not. */
    beginDraining: (_, _params: { readonly accepts: boolean }) => {},
    /** From here on the process takes no new request. */
    stopAccepting: () => {},
    /** Asks the process to join its threads, destroy its interpreters and exit. */
    requestShutdown: () => {},
    /** Ends the process whatever it does. */
    forceExit: () => {},
    report: (_, _happening: Happening) => {},
    noteProven: assign({ isProven: true }),
    endBecause: assign({
      because: (_, params: { readonly because: Ending }) => params.because,
      signal: ({ event }) => (event.type === 'SIGNAL' ? event.signal : null),
      isProven: ({ context }) => context.wasReady,
    }),
  },
  guards: {
    /** No request worth waiting for is in progress. The world counts requests, so the world answers. */
    isIdle: () => true,
    isChild: ({ context }) => context.terms.kind === 'child',
    waitsGracefully: ({ context }) => context.terms.gracefulTimeout > 0,
    /** From mod_wsgi 6 on a request that took too long does not cut off the others at once. Source: rule LIFE-REQTIME-03. */
    judgesEachRequest: ({ context }) => context.terms.watch?.judgesEachRequest ?? false,
    /** It was told to go before it was there. */
    mustGo: ({ context }) => context.because !== null,
    /** A child ignores its own SIGINT. Sources: mod_wsgi, wsgi_signal_handler; httpd 2.4, prefork.c, make_child. */
    isShutdownSignal: ({ context, event }) =>
      event.type === 'SIGNAL' &&
      (event.signal === 'SIGTERM' || event.signal === (context.terms.kind === 'daemon' ? 'SIGINT' : 'SIGHUP')),
    isGracefulSignal: ({ event }) => event.type === 'SIGNAL' && event.signal === 'SIGUSR1',
    isGracefulAtLimit: ({ context, event }) =>
      event.type === 'SIGNAL' && event.signal === 'SIGUSR1' && context.because === 'maximum-requests',
    /** The operating system says so when the soft limit is reached. Source: rule LIFE-CPU-01. */
    isCpuLimit: ({ context, event }) =>
      event.type === 'SIGNAL' && event.signal === 'SIGXCPU' && context.terms.kind === 'daemon',
  },
  delays: {
    /** As long as an Apache parent may take to see that a daemon process is gone. Source: rule LIFE-REPLACE-03. */
    probation: 1000,
    restartInterval: ({ context }) => orNever(context.terms.restartInterval),
    gracefulDeadline: ({ context: { because, terms } }) => gracefulDeadline(because, terms),
    extendedDeadline: ({ context: { terms } }) => gracefulDeadline('maximum-requests', terms),
    stopDeadline: ({ context }) => orNever(context.terms.shutdownTimeout),
    terminationDeadline: ({ context }) => context.terms.terminationTimeout,
  },
}).createMachine({
  id: 'server-process',
  context: ({ input }) => ({ ...input, because: null, signal: null, exit: null, wasReady: false, isProven: false }),
  output: ({ context: { process, because, wasReady, isProven, exit } }) => ({
    process,
    because: because ?? 'crash',
    wasReady,
    isProven,
    wasKilled: exit?.kind === 'killed',
  }),
  initial: 'spawning',
  on: {
    GONE: {
      target: '.exited',
      actions: assign({
        exit: ({ event }) => event.exit,
        because: ({ context, event }) => context.because ?? endingOf(event.exit, context.terms),
      }),
    },
    TERMINATE: {
      target: '.stopping.terminated',
      actions: { type: 'endBecause', params: ({ event }) => ({ because: event.because }) },
    },
  },
  states: {
    spawning: {
      entry: 'spawn',
      on: {
        SPAWNED: [
          { guard: 'mustGo', target: 'stopping.terminated', actions: { type: 'report', params: spawned } },
          { target: 'starting', actions: { type: 'report', params: spawned } },
        ],
        // Nobody is there yet to be told: it goes as soon as it is.
        TERMINATE: { actions: { type: 'endBecause', params: ({ event }) => ({ because: event.because }) } },
        RETIRE: { actions: { type: 'endBecause', params: ({ event }) => ({ because: event.because }) } },
      },
    },
    starting: {
      on: {
        READY: {
          target: 'serving',
          actions: [
            assign({ wasReady: true }),
            { type: 'report', params: ({ context }) => ({ kind: 'process.ready', process: context.process }) as const },
            sendParent(({ context }): ServerProcessReport => ({ type: 'PROCESS_READY', process: context.process })),
          ],
        },
        // Nothing is in progress that grace could be for.
        SIGNAL: {
          guard: or(['isShutdownSignal', 'isGracefulSignal']),
          target: 'stopping',
          actions: { type: 'endBecause', params: { because: 'signal' } },
        },
        RETIRE: {
          target: 'stopping',
          actions: { type: 'endBecause', params: ({ event }) => ({ because: event.because }) },
        },
      },
    },
    serving: {
      initial: 'accepting',
      states: {
        accepting: { on: { SATURATED: 'saturated' } },
        saturated: { on: { THREAD_FREE: 'accepting' } },
      },
      after: {
        probation: { actions: 'noteProven' },
        restartInterval: [
          {
            guard: 'isIdle',
            target: 'stopping',
            actions: { type: 'endBecause', params: { because: 'restart-interval' } },
          },
          { target: 'draining', actions: { type: 'endBecause', params: { because: 'restart-interval' } } },
        ],
      },
      on: {
        // A child finishes its connection and goes. A daemon process goes if nothing else is in progress; otherwise it
        // waits for such a moment, and meanwhile accepts. Sources: prefork.c, child_main; wsgi_daemon_worker.
        SPENT: [
          {
            guard: 'isChild',
            target: 'draining',
            actions: { type: 'endBecause', params: { because: 'max-connections-per-child' } },
          },
          {
            guard: 'isIdle',
            target: 'stopping',
            actions: { type: 'endBecause', params: { because: 'maximum-requests' } },
          },
          {
            guard: 'waitsGracefully',
            target: 'draining',
            actions: { type: 'endBecause', params: { because: 'maximum-requests' } },
          },
          { target: 'stopping', actions: { type: 'endBecause', params: { because: 'maximum-requests' } } },
        ],
        // Other requests in progress get the shutdown timeout only, never the graceful one. Source: wsgi_execute_script.
        SCRIPT_CHANGED: { target: 'stopping', actions: { type: 'endBecause', params: { because: 'script-changed' } } },
        SIGNAL: [
          {
            guard: 'isShutdownSignal',
            target: 'stopping',
            actions: { type: 'endBecause', params: { because: 'signal' } },
          },
          {
            guard: 'isGracefulSignal',
            target: 'draining',
            actions: { type: 'endBecause', params: { because: 'signal' } },
          },
          {
            guard: 'isCpuLimit',
            target: 'draining',
            actions: { type: 'endBecause', params: { because: 'cpu-time-limit' } },
          },
        ],
        // Ignored while a request is in progress. Source: wsgi_monitor_thread; rule LIFE-IDLE-02.
        INACTIVE: {
          guard: 'isIdle',
          target: 'stopping',
          actions: { type: 'endBecause', params: { because: 'inactivity-timeout' } },
        },
        REQUEST_TIMED_OUT: [
          {
            guard: and(['judgesEachRequest', 'waitsGracefully', not('isIdle')]),
            target: 'draining',
            actions: { type: 'endBecause', params: { because: 'request-timeout' } },
          },
          { target: 'stopping', actions: { type: 'endBecause', params: { because: 'request-timeout' } } },
        ],
        DEADLOCKED: { target: 'stopping', actions: { type: 'endBecause', params: { because: 'deadlock-timeout' } } },
        STARTUP_TIMED_OUT: {
          target: 'stopping',
          actions: { type: 'endBecause', params: { because: 'startup-timeout' } },
        },
        RETIRE: {
          target: 'draining',
          actions: { type: 'endBecause', params: ({ event }) => ({ because: event.because }) },
        },
      },
    },
    // The graceful wait. A daemon process goes on accepting (rule SHUT-GRACE-01); an Apache child does not.
    draining: {
      entry: [
        {
          type: 'report',
          params: ({ context }) =>
            ({ kind: 'process.draining', process: context.process, because: context.because ?? 'crash' }) as const,
        },
        { type: 'beginDraining', params: ({ context }) => ({ accepts: context.terms.kind === 'daemon' }) },
      ],
      always: { guard: 'isIdle', target: 'stopping' },
      initial: 'waiting',
      states: {
        waiting: {
          after: { gracefulDeadline: '#server-process.stopping' },
          on: {
            SPENT: { guard: 'waitsGracefully', target: 'extended' },
            // Of a wait for its last requests mod_wsgi does not know that it is graceful, so the signal begins another;
            // any other wait ignores it. Source: wsgi_daemon_worker, which leaves wsgi_daemon_graceful alone.
            SIGNAL: {
              guard: 'isGracefulAtLimit',
              target: 'waiting',
              reenter: true,
              actions: { type: 'endBecause', params: { because: 'signal' } },
            },
          },
        },
        // Each further completion moves the deadline: under steady load the wait has no end. Source: LIFE-MAXREQ-04.
        extended: {
          after: { extendedDeadline: '#server-process.stopping' },
          on: {
            SPENT: { guard: 'waitsGracefully', target: 'extended', reenter: true },
            SIGNAL: {
              guard: 'isGracefulAtLimit',
              target: 'waiting',
              actions: { type: 'endBecause', params: { because: 'signal' } },
            },
          },
        },
      },
      on: {
        IDLE: 'stopping',
        SPENT: { guard: not('isChild'), target: 'stopping' },
        SCRIPT_CHANGED: 'stopping',
        // From 6 on there is one graceful wait, whatever runs too long meanwhile. Source: wsgi_monitor_thread.
        REQUEST_TIMED_OUT: { guard: not('judgesEachRequest'), target: 'stopping' },
        STARTUP_TIMED_OUT: 'stopping',
        DEADLOCKED: 'stopping',
        SIGNAL: { guard: 'isShutdownSignal', target: 'stopping' },
      },
    },
    stopping: {
      entry: [
        {
          type: 'report',
          params: ({ context }) =>
            ({ kind: 'process.stopping', process: context.process, because: context.because ?? 'crash' }) as const,
        },
        'stopAccepting',
        'requestShutdown',
      ],
      after: { stopDeadline: { actions: 'forceExit' } },
      initial: 'asked',
      states: {
        // A process that is on its way out is not told twice; the server's patience begins all the same.
        asked: { on: { TERMINATE: 'terminated' } },
        terminated: { after: { terminationDeadline: { actions: 'forceExit' } }, on: { TERMINATE: {} } },
      },
    },
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
