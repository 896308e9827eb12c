/**
 * What can be seen of a run: one closed union of events, written as NDJSON. Worlds write it, rules read it, and neither
 * knows the other. A black-box world sees only some kinds; see {@link file://./world.ts}.
 */
import type { Program, Received, Telling } from './programs.ts';
import type { ApplicationGroup, Brand, Millis, ProcessGroupName, ProcessId, RequestId, Signal } from './vocabulary.ts';

/** One thing that happened. `seq` counts from 1 without gaps and orders events of the same millisecond. */
export type TraceEvent = { readonly seq: number; readonly at: Millis } & Happening;
export type Trace = readonly TraceEvent[];

export type Happening =
  | ProcessHappening
  | WatchedHappening
  | InterpreterHappening
  | ApplicationHappening
  | RequestHappening
  | { readonly kind: 'act.performed'; readonly act: Act }
  | { readonly kind: 'observation'; readonly request: RequestId; readonly seen: Observation }
  /** The probe performs a program, and tells what it finds. It goes on when this is recorded, and not before. */
  | { readonly kind: 'program.told'; readonly request: RequestId; readonly told: Telling }
  /** What a request had registered with its interpreter was called at the end; the probe tells it and waits to be heard. */
  | { readonly kind: 'exit-handler.called'; readonly request: RequestId; readonly handler: ExitHandler }
  /** A file that was made to stall is being executed, and waits. */
  | { readonly kind: 'import.stalled'; readonly script: string };

/**
 * `atexit` of Python, `subscribe_shutdown` of the module `mod_wsgi`; and what waits for the latter and then ends: a thread
 * that is no daemon.
 */
export const exitHandlers = ['atexit', 'subscribe_shutdown', 'thread'] as const;
export type ExitHandler = (typeof exitHandlers)[number];

/** Every kind of event there is, for readers of trace files. */
export const happeningKinds = [
  'process.spawned',
  'process.ready',
  'process.draining',
  'process.stopping',
  'process.exited',
  'process.appeared',
  'process.vanished',
  'interpreter.created',
  'interpreter.destroyed',
  'application.loaded',
  'application.failed',
  'application.reloaded',
  'request.sent',
  'request.queued',
  'request.accepted',
  'request.replayed',
  'request.released',
  'response.progressed',
  'response.received',
  'request.finished',
  'request.failed',
  'act.performed',
  'observation',
  'program.told',
  'exit-handler.called',
  'import.stalled',
] as const satisfies readonly Happening['kind'][];
export type HappeningKind = (typeof happeningKinds)[number];

/** Why a server process ends. The words are those of the option or act that causes it. */
export const endings = [
  'maximum-requests',
  'max-connections-per-child',
  'restart-interval',
  'inactivity-timeout',
  'request-timeout',
  'deadlock-timeout',
  'startup-timeout',
  'cpu-time-limit',
  'script-changed',
  'signal',
  'surplus',
  'server-restart',
  'server-stop',
  'scripts-returned',
  // Of gunicorn and uWSGI.
  'max-requests',
  'timeout',
  'reload',
  'harakiri',
  'max-worker-lifetime',
  'reload-on-rss',
  'reload-on-as',
  'idle',
  'touch-reload',
  'touch-workers-reload',
  'touch-chain-reload',
  'py-auto-reload',
  /** Its parent is gone. */
  'orphaned',
  'touch-workers-reload',
  'touch-chain-reload',
  'crash',
] as const;
export type Ending = (typeof endings)[number];

/** How an operating system process ended. */
export type Exit =
  | { readonly kind: 'returned'; readonly code: number }
  | { readonly kind: 'killed'; readonly by: Signal | string };

type ProcessHappening =
  | {
      readonly kind: 'process.spawned';
      readonly process: ProcessId;
      readonly processGroup: ProcessGroupName;
      /** The real pid, or the simulator's invented one. */
      readonly pid: number;
    }
  | { readonly kind: 'process.ready'; readonly process: ProcessId }
  | { readonly kind: 'process.draining'; readonly process: ProcessId; readonly because: Ending }
  | { readonly kind: 'process.stopping'; readonly process: ProcessId; readonly because: Ending }
  | {
      readonly kind: 'process.exited';
      readonly process: ProcessId;
      readonly because: Ending;
      readonly exit: Exit;
    };

/**
 * What anybody sees of the server's processes who looks at the machine from outside, and cannot know why: a process that
 * may run applications is there, and is gone. Neither the server's parent nor a helper that runs none is told of.
 */
type WatchedHappening = {
  /** As the probe in it reports it: {@link Observation.process}. */
  readonly mark: Mark;
  readonly pid: number;
} & ({ readonly kind: 'process.appeared' } | { readonly kind: 'process.vanished' });

// One member for each kind, so that EventOf finds it.
type InterpreterHappening = {
  readonly process: ProcessId;
  readonly applicationGroup: ApplicationGroup;
} & ({ readonly kind: 'interpreter.created' } | { readonly kind: 'interpreter.destroyed' });

type ApplicationHappening = {
  readonly process: ProcessId;
  readonly applicationGroup: ApplicationGroup;
  readonly script: string;
} & (
  | { readonly kind: 'application.loaded' }
  | { readonly kind: 'application.reloaded' }
  | { readonly kind: 'application.failed'; readonly error: string }
);

type RequestHappening = { readonly request: RequestId } & (
  | {
      readonly kind: 'request.sent';
      readonly to: Address;
      readonly method: string;
      /** What the probe is asked to do beside reporting; absent where it is asked for nothing. */
      readonly behave?: Behaviour;
      /** The connection that the client keeps for it, if the server does; absent where it has one of its own. */
      readonly connection?: string;
    }
  /** It waits for a process of this group. */
  | { readonly kind: 'request.queued'; readonly processGroup: ProcessGroupName }
  /** A thread of this process took it. */
  | {
      readonly kind: 'request.accepted';
      readonly process: ProcessId;
      /** It is known only because the request reported: it may have come as early as it was sent. */
      readonly reported?: true;
    }
  /** The process refused it because its script changed; it goes back to the queue. */
  | { readonly kind: 'request.replayed'; readonly process: ProcessId }
  /**
   * The probe is about to be told to let a held request go: up to here, and no further, a request that was observed is
   * certain to be inside the application. Recorded before the telling, for every request of a release that has no
   * outcome yet.
   */
  | { readonly kind: 'request.released' }
  /** The client has so much of the body, in bytes; recorded where a program waits for that. */
  | { readonly kind: 'response.progressed'; readonly bytes: number }
  /** What the client received when a program was performed: recorded before the outcome. */
  | { readonly kind: 'response.received'; readonly received: Received }
  /** The client has the whole response. */
  | {
      readonly kind: 'request.finished';
      readonly status: number;
      /** The request that the response says it answers; absent where it is not the probe's. */
      readonly answers?: RequestId;
      /** The connection that the client would have kept was closed, and it came by a new one. */
      readonly reconnected?: true;
    }
  /** The client got no whole response. */
  | { readonly kind: 'request.failed'; readonly reason: string }
);

/** Where a request goes: the host it names, the port it connects to, the path it asks for. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /**
   * The port in the Host header where it is not that of the connection: null is a header without one. Ordinary clients
   * name the port they connect to, and leave it out when it is 80.
   */
  readonly namedPort?: number | null;
}

/** Something done to a running server on purpose. */
export type Act =
  | { readonly kind: 'touch'; readonly script: string }
  /** The file now raises when it is executed, until it is mended. */
  | { readonly kind: 'break'; readonly script: string }
  /** The file now ends its process when it is executed, until it is mended. */
  | { readonly kind: 'ruin'; readonly script: string }
  | { readonly kind: 'mend'; readonly script: string }
  /** The file now waits when it is executed, until it is mended. */
  | { readonly kind: 'stall'; readonly script: string }
  /** A module that the script imports is changed, and the script is not. */
  | { readonly kind: 'touch-module'; readonly script: string }
  /** The signal goes to the process that answered `process`, an earlier request. */
  | { readonly kind: 'signal'; readonly signal: Signal; readonly processOf: RequestId }
  /**
   * The signal goes to the server's parent process. A restart is performed when the server runs again, a graceful stop
   * when it takes no connection any more, a stop when nothing of it is left.
   */
  | { readonly kind: 'server-signal'; readonly signal: ServerSignal };

/** What the parent of Apache understands: stop, graceful stop, graceful restart, restart. Source: httpd 2.4, Stopping and Restarting. */
export const apacheSignals = ['SIGTERM', 'SIGWINCH', 'SIGUSR1', 'SIGHUP'] as const;
export type ApacheSignal = (typeof apacheSignals)[number];

/**
 * The signal, where it is one that Apache's parent understands.
 * @throws RangeError for any other: a scenario for Apache does not have it.
 */
export function apacheSignal(signal: ServerSignal): ApacheSignal {
  const understood = apacheSignals.find((one) => one === signal);
  if (understood === undefined) throw new RangeError(`apacheSignal: need ${apacheSignals.join(', ')}, got ${signal}`);
  return understood;
}

/** What the parent of some server understands: gunicorn's arbiter and uWSGI's master know more than Apache's. */
export const serverSignals = [...apacheSignals, 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const;
export type ServerSignal = (typeof serverSignals)[number];

/** What the probe is asked to do beside reporting. */
export type Behaviour =
  /** Sends the signal to its own process, then answers. */
  | { readonly kind: 'signal-self'; readonly signal: 'SIGINT' | 'SIGTERM' }
  /** Ends its process without answering. */
  | { readonly kind: 'exit'; readonly code: number }
  /** Registers the functions among {@link exitHandlers}, starts the thread where it is asked for, then answers. */
  | { readonly kind: 'register-exit-handlers'; readonly withThread?: true }
  /** Starts a thread that counts once every {@link tick} for as long as its process lives, then answers. */
  | { readonly kind: 'start-thread' }
  /** Keeps Python's global lock and never answers. */
  | { readonly kind: 'hold-gil' }
  /** Uses the processor until its process has reached its limit of processor time, if there is one, then answers. */
  | { readonly kind: 'burn-cpu' }
  /** Executes Python code until something is raised in it, but no longer than this, in ms, then answers. */
  | { readonly kind: 'run-on'; readonly atMost: Millis }
  /** Makes this the working directory of its process before it reports. */
  | { readonly kind: 'change-directory'; readonly directory: string }
  /** Comes with a body of this length, in bytes, which is read before anything is reported. */
  | { readonly kind: 'send-body'; readonly length: number }
  /** Answers with a header line of this length, in bytes. */
  | { readonly kind: 'long-header'; readonly length: number }
  /** Comes with a user and a password, in the header Authorization. */
  | { readonly kind: 'send-credentials' }
  /** Performs a program in the place of its answer. */
  | { readonly kind: 'perform'; readonly program: Program }
  /** Registers a handler for SIGURG, which nobody else uses, takes it back, and reports what became of it. */
  | { readonly kind: 'register-signal' };

/** How often a thread that an application started counts, where it may run. */
export const tick = 20 as Millis;

/** What became of the handler of a signal: it was taken; it was returned and forgotten; the call failed. */
export const registrations = ['taken', 'ignored', 'refused'] as const;
export type Registration = (typeof registrations)[number];

/** An opaque mark: two marks are equal exactly when they name the same thing. */
export type Mark = Brand<string, 'Mark'>;

/**
 * What the probe application saw from inside one request. It is sent when the application is entered, so a request
 * that is held is observed while it runs.
 */
export interface Observation {
  /** The operating system's pid and start time together, so that a reused pid is another process. */
  readonly process: Mark;
  readonly pid: number;
  /** The thread that runs the application. */
  readonly thread: Mark;
  /** The interpreter: the identity of its `sys.modules`, within its process. */
  readonly interpreter: Mark;
  /** The script's own globals: made anew at each loading. */
  readonly scriptGlobals: Mark;
  /** The globals of a module that the script imports: made anew in each interpreter. */
  readonly importedModule: Mark;
  /** The process that executed the script: its own or, where the code was loaded before a fork, the one it comes from. */
  readonly loadedBy: Mark;
  /** How often these script globals have been entered, this request included. */
  readonly scriptCount: number;
  /** How often the imported module has been entered, this request included. */
  readonly moduleCount: number;
  /** The same, by this thread alone: counted in the thread-local data of the interpreter. */
  readonly threadCount: number;
  /** How often this process's probe in this interpreter saw requests at once, this request included. */
  readonly inside: number;
  /** `mod_wsgi.process_group`; null where the key is absent. */
  readonly processGroup: string | null;
  /** `mod_wsgi.application_group`; null where the key is absent. */
  readonly applicationGroup: string | null;
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
  readonly scriptName: string;
  readonly pathInfo: string;
  /** `__name__` of the script's module. */
  readonly moduleName: string;
  /** Attributes of the module `mod_wsgi`; null where there is no such module. */
  readonly maximumProcesses: number | null;
  readonly threadsPerProcess: number | null;
  /** The first word of the command line, without blanks behind it; null where a process cannot read its own. */
  readonly title: string | null;
  readonly workingDirectory: string;
  /** Whether any use of `sys.stdin` or `sys.stdout` is an error. */
  readonly restrictsStdin: boolean;
  readonly restrictsStdout: boolean;
  /** How much body came, in bytes; null where none was read. */
  readonly bodyLength: number | null;
  /** Null where none was tried. */
  readonly registration: Registration | null;
  /** How far the threads have counted that earlier requests started in this interpreter; null where none did. */
  readonly ticks: number | null;
  /** Whether HTTP_AUTHORIZATION is in the environ. */
  readonly hasCredentials: boolean;
  readonly given: Given;
}

/** What a process has from whoever started it, beside what has a place of its own in an {@link Observation}. */
export interface Given {
  /** Four octal digits; null where a process cannot read its own. */
  readonly umask: string | null;
  /** The environment variables LANG and LC_ALL; null where they are not set. */
  readonly lang: string | null;
  readonly locale: string | null;
  /** `sys.path` of the interpreter. */
  readonly modulePath: readonly string[];
  /** `sys.prefix`: the Python installation or virtual environment. */
  readonly pythonPrefix: string;
  /** The number of the account of whoever started the process; null where a process cannot see that. */
  readonly startedBy: number | null;
  readonly account: Account;
  /** As `nice` takes it. */
  readonly priority: number;
  /** Bytes of the data segment and of the address space that it may have; null is no limit, or none that it can read. */
  readonly dataLimit: number | null;
  readonly addressSpaceLimit: number | null;
}

/** As whom a process runs. */
export interface Account {
  readonly user: Numbered;
  readonly group: Numbered;
  /** All it belongs to beside, in no order; its own may be among them. */
  readonly groups: readonly Numbered[];
}

/** A user or a group: the machine may have no name for it. */
export interface Numbered {
  readonly id: number;
  readonly name: string | null;
}

/** The events of one kind, typed. */
export const eventsOf = <K extends HappeningKind>(trace: Trace, kind: K): readonly EventOf<K>[] =>
  trace.filter((event): event is EventOf<K> => event.kind === kind);
export type EventOf<K extends HappeningKind> = Extract<TraceEvent, { readonly kind: K }>;
