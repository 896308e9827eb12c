/**
 * What the simulator decides, each decision one pure function under one name. {@link truth} is what mod_wsgi and Apache
 * do. A broken server is a simulator with some decisions replaced: that is how it is proved that a rule can fail.
 *
 * Lifecycles are not decided here: they are the machines' (`spec/machines`). Here is what a world adds to them.
 */

import type {
  ApacheDeployment,
  ApacheSoftware,
  DaemonGroup,
  ModWsgiRelease,
  Mpm,
  Preload,
} from '../../spec/deployments/apache.ts';
import { queueDepth } from '../../spec/dispatch/connecting.ts';
import { daemonSilence } from '../../spec/dispatch/daemon-timeouts.ts';
import { type Candidate, choiceOf, type DispatchPolicy } from '../../spec/dispatch/dispatch-policy.ts';
import { answerToFormerChild } from '../../spec/dispatch/former-generation.ts';
import { longestHeaderLine } from '../../spec/dispatch/header-limit.ts';
import { type Flags, flagsOf, poolSize } from '../../spec/flags.ts';
import type { WatchTerms } from '../../spec/machines/process-monitor.ts';
import type { ProcessTerms } from '../../spec/machines/process-terms.ts';
import type { WorkerTerms } from '../../spec/machines/worker-terms.ts';
import type { Program } from '../../spec/programs.ts';
import { type Route, type RoutedMount, type RoutingWorld, route } from '../../spec/routing/route.ts';
import { isDeaf } from '../../spec/serving/child-signals.ts';
import type { RequestLimits } from '../../spec/serving/request-limits.ts';
import { programOfDebian, shownTitle, shownUmask } from '../../spec/serving/surroundings.ts';
import type { Address, Behaviour, Given, Observation, Registration } from '../../spec/trace.ts';
import {
  type ApplicationGroup,
  type Millis,
  millis,
  type ProcessGroupName,
  type ProcessId,
  type RequestId,
  type Signal,
} from '../../spec/vocabulary.ts';
import { accountOf } from './account.ts';
import type { Chance } from './chance.ts';
import { md5 } from './md5.ts';
import { plainEndowment } from './plain-endowment.ts';
import { type Moment, soundPerformance } from './sound-performance.ts';
import { type WorkerDecisions, workerTruth } from './workers/worker-decisions.ts';

export type ProcessKind = ProcessTerms['kind'] | WorkerTerms['kind'];

/** Where a request runs: everything that isolation may depend on. */
export interface Place {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly applicationGroup: ApplicationGroup;
  readonly script: string;
  /** How often the script was executed in this interpreter of this process, from 1. */
  readonly loading: number;
  /** Which of the process's threads, from 1. */
  readonly thread: number;
  readonly request: RequestId;
}

/** A request that has its turn. */
export interface Turn {
  readonly chance: Chance;
  /** The serial of the process that was given the request before this one in its group; 0 before the first. */
  readonly last: number;
  readonly request: { readonly client: string };
}

/** What holds for any process, for Apache's, and for workers. */
export interface Decisions extends WorkerDecisions {
  // -- Configuration --
  /** Who answers a request. Rules CONF-*. */
  routeOf(deployment: ApacheDeployment, to: Address, world?: RoutingWorld): Route;
  /** What applications of a group are told of threads and processes. Rules FLAG-*. */
  flags(deployment: ApacheDeployment, processGroup: ProcessGroupName): Flags | null;
  /** What the module `mod_wsgi` tells them of the group's size. Rule FLAG-MODINFO-01. */
  poolSize(
    deployment: ApacheDeployment,
    processGroup: ProcessGroupName,
  ): { readonly processes: number; readonly threads: number } | null;
  /** What a process of a group loads before it takes requests. Rules CONF-IMPORT-01, LIFE-LOAD-01. */
  preloads(deployment: ApacheDeployment, processGroup: ProcessGroupName): readonly Preload[];

  // -- Isolation: equal keys name the same thing, over the whole run --
  /** The interpreter. Rules ISO-INTERP-01 to 04, 07. */
  interpreterKey(place: Place): string;
  /** The script's own globals. Rules ISO-PROC-01, ISO-PROC-02, RELOAD-EMBED-01. */
  scriptGlobalsKey(place: Place): string;
  /** The globals of a module that the script imports. Rules ISO-INTERP-04, RELOAD-EMBED-01. */
  importedModuleKey(place: Place): string;
  /** The thread-local data of a module that the script imports. Rule ISO-INTERP-08. */
  threadLocalKey(place: Place): string;
  /** `__name__` of the script's module. Rule ISO-INTERP-05. */
  moduleName(script: string): string;
  /** What has one working directory. Rule ISO-INTERP-09. */
  workingDirectoryKey(place: Place): string;

  // -- What a process is given --
  /** What its command line begins with. Rule CONF-DAEMON-04. */
  title(deployment: ApacheDeployment, processGroup: ProcessGroupName): string;
  /** Its umask, language, module path, Python, account, priority and limits. Rules CONF-UMASK-01, CONF-USER-01, CONF-LANG-01, CONF-PATH-01, CONF-PYHOME-01, CONF-LAZY-01, CONF-PRIO-01, CONF-MEMORY-01. */
  given(deployment: ApacheDeployment, processGroup: ProcessGroupName): Given;
  /** The directory in which it begins. Rule CONF-HOME-01. */
  home(deployment: ApacheDeployment, processGroup: ProcessGroupName): string;
  /** Which streams may not be used. Rules RESTRICT-STDIN-01, RESTRICT-STDOUT-01. */
  restrictedStreams(deployment: ApacheDeployment): Pick<Observation, 'restrictsStdin' | 'restrictsStdout'>;
  /** What becomes of a signal handler that a request registers. Rules RESTRICT-SIGNAL-01, RESTRICT-SIGNAL-02. */
  registration(deployment: ApacheDeployment, place: Place): Registration;

  /** Whether an application is told of the credentials of a request. Rule CONF-AUTH-01. */
  passesAuthorization(mount: RoutedMount): boolean;
  /** Under which name the application is looked up in its script. Rule CONF-CALL-01. */
  looksUp(mount: RoutedMount): string;
  /** The last word on what the probe reports from inside. */
  reports(seen: Observation, place: Place): Observation;

  // -- Dispatch --
  /** How many requests a process handles at once. Rules MPM-LIMIT-01, ISO-THREAD-01. */
  threadLimit(terms: ProcessTerms): number;
  /** Which of the processes that could take a request does. They compete; no policy. Rules DISP-SOCK-01, DISP-SOCK-02. */
  chooses<C extends Candidate>(candidates: readonly C[], turn: Turn): C | null;
  /** How many requests wait on the socket of a group. Rule DISP-SOCK-04. */
  queueDepth(listenBacklog: number): number;
  /** How long a request that finds the queue full tries again, in ms. Rule DISP-SOCK-05. */
  connectTimeout(configured: number): number;
  /** Whether a request that a thread took is dropped because it waited too long. Rules DISP-QUEUE-01, DISP-QUEUE-02. */
  isTooLate(waited: number, queueTimeout: number): boolean;
  /** How long a daemon process may keep its child waiting, in ms. Rule DISP-PROXY-02. */
  daemonSilence(group: DaemonGroup, limits: RequestLimits): number;
  /** Which idle thread of the process takes it: the last that was busy. Rule DISP-SOCK-03. */
  choosesThread(idle: readonly number[]): number | undefined;
  /** Whether a request to a daemon process keeps a thread of an Apache child busy meanwhile. Rule MPM-LIMIT-01. */
  occupiesChild(processGroup: ProcessGroupName): boolean;
  /** Whether a process waiting for its last request takes new ones; the machine says `accepts`. Rule SHUT-GRACE-01. */
  acceptsWhileDraining(kind: ProcessKind, accepts: boolean): boolean;
  /** Whether a process that shuts down takes new requests. Rule SHUT-TIME-01. */
  acceptsWhileStopping(kind: ProcessKind): boolean;
  /** How often a request may be sent again after a refusal. Rule RELOAD-DAEMON-03. */
  replays(processes: number): number;

  /** How a program goes. Rules PEP-*. */
  performs(program: Program): readonly Moment[];
  /** How much of its body a request has, in bytes, that was sent again so often. Rule RELOAD-DAEMON-08. */
  receivedBody(length: number, replays: number): number;
  /** The longest header line that a daemon process may answer with, in bytes. Rule DISP-PROXY-03. */
  longestHeaderLine(group: DaemonGroup, release: ModWsgiRelease): number;

  // -- Loading --
  /** Whether one process imports one script at a time, and keeps all others waiting meanwhile. Rule ISO-LOCK-01. */
  locksImports(): boolean;
  /** Whether a script that raised is executed again for the next request. Rule LIFE-LOAD-02. */
  triesAgain(): boolean;
  /** Whether a process without request threads ends when its scripts have returned. Rule CONF-DAEMON-03. */
  endsWithItsScripts(): boolean;
  /** Whether a process takes requests although a script it was to load first raised. Rule CONF-IMPORT-02. */
  survivesFailedPreload(): boolean;

  // -- Reloading --
  /** Whether a request finds that the script changed. Rules RELOAD-DAEMON-01, RELOAD-DAEMON-02, RELOAD-OFF-01. */
  noticesChange(script: {
    readonly kind: ProcessKind;
    readonly reloading: boolean;
    /** Editions of the file: 1 at first, another number after each touch. */
    readonly loadedEdition: number;
    readonly edition: number;
  }): boolean;
  /** What a child of before a restart answers for a daemon group; null is that it still reaches one. Rule RELOAD-APACHE-03. */
  answerToFormerChild(deployment: ApacheDeployment): number | null;
  /** What a changed script leads to. Rules RELOAD-DAEMON-01, RELOAD-EMBED-01. */
  onScriptChange(kind: ProcessKind): 'execute-again' | 'replace-process';
  /** What becomes of the request that found the change where the process is replaced. Rule RELOAD-DAEMON-03. */
  onRefusal(): 'send-again' | 'serve-with-old-code' | 'answer-500';
  /** Whether a touch does anything by itself. Rule RELOAD-DAEMON-01. */
  onTouch(kind: ProcessKind): 'wait-for-a-request' | 'replace-at-once';

  /** What a change of an imported module leads to. Rule RELOAD-DAEMON-07. */
  onModuleChange(kind: ProcessKind): 'nothing' | 'replace-process';

  // -- Lifetime --
  /** Requests or connections after which a process ends; 0 is never. Rules LIFE-MAXREQ-01, LIFE-MAXREQ-02, MPM-RECYCLE-01. */
  allowance(terms: ProcessTerms): number;
  /** When a request or connection counts: before it is handled or after. Rules LIFE-MAXREQ-01, MPM-RECYCLE-01. */
  countsOn(kind: ProcessKind, mpm: Mpm): 'acceptance' | 'completion';
  /** Whether a request on a connection that was kept counts like a new connection. Rule MPM-RECYCLE-01. */
  countsKeptConnections(): boolean;
  /** Whether an idle connection keeps the thread that served it. Rule MPM-EVENT-01. */
  keepsThreadWhileIdle(mpm: Mpm): boolean;
  /** Whether a process that the group wants is really started; `serial` counts from 1. Rule LIFE-REPLACE-01. */
  starts(process: { readonly processGroup: ProcessGroupName; readonly serial: number }): boolean;
  /** What a signal does to a process. Rules RELOAD-SIGNAL-01, RELOAD-SIGNAL-02, SHUT-SIG-01, SHUT-SIG-02. */
  respondsTo(
    signal: Signal,
    kind: ProcessKind,
    server: ApacheSoftware,
    beganWithServer: boolean,
  ): 'obey' | 'ignore' | 'die';
  /** What a process takes the `count`-th signal of a kind for. Rules SHUT-SIG-01, SHUT-GRACE-04. */
  understands(signal: Signal, count: number): Signal;
  /** Whether interpreters call exit handlers at the end of a process that ends in order. Rule SHUT-ATEXIT-02. */
  destroysInterpreters(deployment: ApacheDeployment): boolean;
  /** Whether interpreters wait for threads that are no daemons before they call exit handlers. Rule SHUT-THREADS-01. */
  waitsForThreads(): boolean;
  /** In which order its interpreters end. Rule SHUT-ATEXIT-01. */
  exitOrder(groups: readonly ApplicationGroup[]): readonly ApplicationGroup[];
  /** When applications hear that their process stops: before its requests are waited for or after. Rule SHUT-ATEXIT-03. */
  tellsShutdown(kind: ProcessKind): 'before-joining' | 'after-joining' | 'never';
  /** Whether a process that shuts down waits for the requests it has. Rule SHUT-TIME-01. */
  joinsThreads(kind: ProcessKind, mpm: Mpm): boolean;
  /** Whether a request is lost when a process ends. Rule LIFE-EXIT-01. */
  isLost(
    request: { readonly process: ProcessId | null; readonly processGroup: ProcessGroupName },
    ended: { readonly process: ProcessId; readonly processGroup: ProcessGroupName },
  ): boolean;
  /** What the client gets for a request lost before its response: a status, or null for a closed connection. Rule DISP-PROXY-01. */
  answerToLost(kind: ProcessKind, release: ModWsgiRelease): number | null;
  /**
   * Whether a stop or restart of the server that is not graceful closes the connections of a child. Rules RELOAD-APACHE-04,
   * RELOAD-APACHE-05.
   */
  closesConnections(child: { readonly isDraining: boolean }, mpm: Mpm): boolean;
  /** What the monitor of a process watches; null is nothing. Rules LIFE-MONITOR-01, LIFE-IDLE-*, LIFE-REQTIME-*. */
  watches(terms: ProcessTerms): WatchTerms | null;
  /** Whether a request that takes too long is interrupted before its process is ended. Rule LIFE-REQTIME-04. */
  interrupts(): boolean;
  /** Processor time after which a process of a group is told to go; 0 is never. Rule LIFE-CPU-01. */
  cpuTimeLimit(deployment: ApacheDeployment, processGroup: ProcessGroupName): Millis;
  /** What the probe does with what it was asked. */
  obeys(behaviour: Behaviour): Behaviour | null;
}

/** Decisions in place of the true ones. */
export type Defects = Partial<Decisions>;

const interpreterKey = ({ process, applicationGroup }: Place): string => `${process}/${applicationGroup}`;

/** What mod_wsgi 4.9, 5 and 6 and Apache 2.4 do. */
export const truth: Decisions = {
  ...workerTruth,
  routeOf: route,
  flags: flagsOf,
  poolSize,
  preloads: (deployment, processGroup) => deployment.preloads.filter((p) => p.processGroup === processGroup),

  interpreterKey,
  scriptGlobalsKey: (place) => `${interpreterKey(place)}/${place.script}/${place.loading}`,
  importedModuleKey: interpreterKey,
  threadLocalKey: (place) => `${interpreterKey(place)}/${place.thread}`,
  moduleName: (script) => `_mod_wsgi_${md5(script)}`,
  workingDirectoryKey: ({ process }) => process,
  title: ({ daemons }, processGroup) => {
    const group = daemons.find(({ name }) => name === processGroup);
    return (group ? shownTitle(group) : null)?.trimEnd() ?? programOfDebian;
  },
  restrictedStreams: ({ surroundings: { restrictStdin, restrictStdout } }) => ({
    restrictsStdin: restrictStdin,
    restrictsStdout: restrictStdout,
  }),
  registration: ({ surroundings, server }, { processGroup }) => {
    if (surroundings.restrictSignal) return 'ignored';
    // A prefork child runs its requests on its main thread.
    return processGroup === '' && server.mpm === 'prefork' ? 'taken' : 'refused';
  },
  given: ({ daemons, surroundings }, processGroup) => {
    const group = daemons.find(({ name }) => name === processGroup);
    const pythonPath = group ? group.pythonPath : surroundings.pythonPath;
    return {
      umask: shownUmask(group?.umask ?? '0022'),
      lang: group?.lang ?? null,
      locale: group?.locale ?? null,
      ...plainEndowment,
      pythonPrefix:
        (surroundings.lazyInitialization ? group?.pythonHome : null) ??
        surroundings.pythonHome ??
        plainEndowment.pythonPrefix,
      account: accountOf(surroundings, group),
      priority: group?.cpuPriority ?? 0,
      dataLimit: group?.memoryLimit || null,
      addressSpaceLimit: group?.virtualMemoryLimit || null,
      modulePath: [...(group?.home ? [group.home] : []), ...(pythonPath?.split(':') ?? [])],
    };
  },
  home: ({ daemons }, processGroup) => daemons.find(({ name }) => name === processGroup)?.home ?? '/',
  passesAuthorization: ({ passAuthorization }) => passAuthorization,
  looksUp: ({ callable }) => callable,
  reports: (seen) => seen,

  threadLimit: (terms) => terms.threads,
  chooses: (candidates, { chance }) => chance.oneOf(candidates) ?? null,
  queueDepth,
  connectTimeout: (configured) => configured,
  isTooLate: (waited, queueTimeout) => queueTimeout > 0 && waited > queueTimeout,
  daemonSilence,
  choosesThread: (idle) => idle.at(-1),
  occupiesChild: () => true,
  acceptsWhileDraining: (_, accepts) => accepts,
  acceptsWhileStopping: () => false,
  replays: (processes) => 2 * processes + 1,

  performs: soundPerformance,
  receivedBody: (length) => length,
  longestHeaderLine,
  locksImports: () => true,
  onModuleChange: () => 'nothing',
  triesAgain: () => true,
  endsWithItsScripts: () => true,
  survivesFailedPreload: () => true,

  noticesChange: ({ reloading, loadedEdition, edition }) => reloading && loadedEdition !== edition,
  answerToFormerChild,
  onScriptChange: (kind) => (kind === 'daemon' ? 'replace-process' : 'execute-again'),
  onRefusal: () => 'send-again',
  onTouch: () => 'wait-for-a-request',

  allowance: (terms) => terms.allowance,
  // The listener thread of an event child counts what it accepts. Source: httpd 2.4, event.c, conns_this_child.
  countsOn: (kind, mpm) => (kind === 'child' && mpm === 'event' ? 'acceptance' : 'completion'),
  countsKeptConnections: () => false,
  keepsThreadWhileIdle: (mpm) => mpm !== 'event',
  starts: () => true,
  respondsTo: (signal, kind, { modWsgi, mpm }, beganWithServer) => {
    if (signal === 'SIGKILL') return 'die';
    // mod_wsgi 6 hands these two to the application; before, nothing catches them in a daemon process but what the parent
    // had set to catch SIGHUP when it forked.
    if (kind === 'daemon' && signal === 'SIGHUP') return modWsgi === '6' || !beganWithServer ? 'ignore' : 'die';
    if (kind === 'daemon' && signal === 'SIGUSR2') return modWsgi === '6' ? 'ignore' : 'die';
    if (kind === 'child' && isDeaf(mpm)) return 'ignore';
    return 'obey';
  },
  understands: (signal) => signal,
  destroysInterpreters: ({ surroundings }) => surroundings.destroyInterpreter,
  waitsForThreads: () => true,
  exitOrder: (groups) => [...groups.filter((group) => group !== ''), ...groups.filter((group) => group === '')],
  // Source: mod_wsgi 4.9.4, wsgi_daemon_main; wsgi_python_child_cleanup.
  tellsShutdown: (kind) => (kind === 'daemon' ? 'before-joining' : 'after-joining'),
  // A prefork child leaves from its signal handler. Source: httpd 2.4, prefork.c, just_die.
  joinsThreads: (kind, mpm) => kind === 'daemon' || mpm !== 'prefork',
  isLost: (request, ended) => request.process === ended.process,
  answerToLost: (kind, release) => (kind === 'child' ? null : release === '6' ? 502 : 500),
  closesConnections: ({ isDraining }, mpm) => !(isDraining && isDeaf(mpm)),
  watches: (terms) => terms.watch,
  interrupts: () => true,
  cpuTimeLimit: ({ daemons }, processGroup) =>
    daemons.find((daemon) => daemon.name === processGroup)?.cpuTimeLimit ?? millis(0),
  obeys: (behaviour) => behaviour,
};

/** A server that has a policy where mod_wsgi has none; with `mod-wsgi` it is mod_wsgi, whose order is left to chance. */
export const dispatchedBy = (policy: DispatchPolicy): Defects =>
  policy === 'mod-wsgi'
    ? {}
    : { chooses: (candidates, { last, request }) => choiceOf(policy)(candidates, last, request) };
