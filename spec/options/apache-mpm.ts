/**
 * The directives of Apache's prefork, worker and event MPMs that decide how many processes and threads there are, with
 * the defaults and compile-time limits of each MPM. All of them belong to the main server. How the values correct one
 * another is code: `check_config` of each MPM. Source: httpd 2.4.x, server/mpm.
 */
import type { ChildPool, Mpm } from '../deployments/apache.ts';
import type { Option } from './option.ts';

export interface MpmDirective extends Omit<Option, 'default'> {
  /** Earlier names that are still accepted. */
  readonly formerly: readonly string[];
  readonly mpms: readonly Mpm[];
  /** The default in each MPM that has it; null is "nothing of its own". */
  readonly default: Readonly<Partial<Record<Mpm, number | null>>>;
  /** The field of the pool it sets; null is a directive without effect on the model. */
  readonly field: Exclude<keyof ChildPool, 'spare'> | 'spare.min' | 'spare.max' | null;
}

const threaded: readonly Mpm[] = ['worker', 'event'];
const all: readonly Mpm[] = ['prefork', 'worker', 'event'];
const atLeast = (min: number) => ({ kind: 'integer', min, max: null, zero: false }) as const;
/** Any number is accepted; a useless one is corrected at start with a warning. */
const corrected = { kind: 'integer', min: null, max: null, zero: false } as const;

/** Compile-time limits. Source: prefork.c, worker.c, event.c, MAX_SERVER_LIMIT and MAX_THREAD_LIMIT. */
export const mpmLimits: Readonly<Record<Mpm, { readonly servers: number; readonly threads: number }>> = {
  prefork: { servers: 200_000, threads: 1 },
  worker: { servers: 20_000, threads: 20_000 },
  event: { servers: 20_000, threads: 100_000 },
};

export const mpmDirectives: readonly MpmDirective[] = [
  {
    name: 'StartServers',
    formerly: [],
    mpms: all,
    shape: corrected,
    unit: 'processes',
    default: { prefork: 5, worker: 3, event: 3 },
    field: 'startServers',
    changes: 'How many children are forked at start; their number follows the load afterwards.',
    source: 'httpd 2.4.x, mpm_default.h, DEFAULT_START_DAEMON',
  },
  {
    name: 'ServerLimit',
    formerly: [],
    mpms: all,
    shape: corrected,
    unit: 'processes',
    default: { prefork: 256, worker: 16, event: 16 },
    field: 'serverLimit',
    changes: 'The most children there can be, whatever MaxRequestWorkers says.',
    source: 'httpd 2.4.x, prefork.c, worker.c and event.c, DEFAULT_SERVER_LIMIT',
  },
  {
    name: 'ThreadLimit',
    formerly: [],
    mpms: threaded,
    shape: corrected,
    unit: 'threads',
    default: { worker: 64, event: 64 },
    field: 'threadLimit',
    changes: 'The most ThreadsPerChild may be.',
    source: 'httpd 2.4.x, worker.c and event.c, DEFAULT_THREAD_LIMIT',
  },
  {
    name: 'ThreadsPerChild',
    formerly: [],
    mpms: threaded,
    shape: corrected,
    unit: 'threads',
    default: { worker: 25, event: 25 },
    field: 'threadsPerChild',
    changes: 'How many requests one child handles at once; more than 1 makes wsgi.multithread True in embedded mode.',
    source: 'httpd 2.4.x, mpm_default.h, DEFAULT_THREADS_PER_CHILD',
  },
  {
    name: 'MaxRequestWorkers',
    formerly: ['MaxClients'],
    mpms: all,
    shape: corrected,
    unit: 'requests',
    default: { prefork: 256, worker: 400, event: 400 },
    field: 'maxRequestWorkers',
    changes: 'How many requests all children together handle at once.',
    source: 'httpd 2.4.x, worker_pre_config: ServerLimit times ThreadsPerChild, both by default',
  },
  {
    name: 'MinSpareServers',
    formerly: [],
    mpms: ['prefork'],
    shape: corrected,
    unit: 'processes',
    default: { prefork: 5 },
    field: 'spare.min',
    changes: 'Children are forked while fewer than this many are idle.',
    source: 'httpd 2.4.x, prefork/mpm_default.h, DEFAULT_MIN_FREE_DAEMON',
  },
  {
    name: 'MaxSpareServers',
    formerly: [],
    mpms: ['prefork'],
    shape: corrected,
    unit: 'processes',
    default: { prefork: 10 },
    field: 'spare.max',
    changes: 'Children are ended while more than this many are idle.',
    source: 'httpd 2.4.x, prefork/mpm_default.h, DEFAULT_MAX_FREE_DAEMON',
  },
  {
    name: 'MinSpareThreads',
    formerly: [],
    mpms: threaded,
    shape: corrected,
    unit: 'threads',
    default: { worker: 75, event: 75 },
    field: 'spare.min',
    changes: 'Children are forked while fewer than this many threads of all children are idle.',
    source: 'httpd 2.4.x, mpm_default.h, DEFAULT_MIN_FREE_DAEMON times DEFAULT_THREADS_PER_CHILD',
  },
  {
    name: 'MaxSpareThreads',
    formerly: [],
    mpms: threaded,
    shape: corrected,
    unit: 'threads',
    default: { worker: 250, event: 250 },
    field: 'spare.max',
    changes: 'Children are ended while more than this many threads of all children are idle.',
    source: 'httpd 2.4.x, mpm_default.h, DEFAULT_MAX_FREE_DAEMON times DEFAULT_THREADS_PER_CHILD',
  },
  {
    name: 'MaxConnectionsPerChild',
    formerly: ['MaxRequestsPerChild'],
    mpms: all,
    shape: corrected,
    unit: 'connections',
    default: { prefork: 0, worker: 0, event: 0 },
    field: 'maxConnectionsPerChild',
    changes: 'After this many connections a child ends; 0 is never.',
    source: 'httpd 2.4.x, mpm_common.c, ap_mpm_set_max_requests',
  },
  {
    name: 'ListenBacklog',
    formerly: [],
    mpms: all,
    shape: atLeast(1),
    unit: 'connections',
    default: { prefork: 511, worker: 511, event: 511 },
    field: 'listenBacklog',
    changes: 'How many connections may wait in the kernel for a free worker.',
    source: 'httpd 2.4.x, listen.c, ap_set_listenbacklog',
  },
  {
    name: 'GracefulShutdownTimeout',
    formerly: [],
    mpms: all,
    shape: corrected,
    unit: 'seconds',
    default: { prefork: 0, worker: 0, event: 0 },
    field: 'gracefulShutdownTimeout',
    changes: 'How long a graceful stop waits for requests in progress; 0 is for ever.',
    source: 'httpd 2.4.x, mpm_common.c, ap_mpm_set_graceful_shutdown',
  },
  {
    name: 'AsyncRequestWorkerFactor',
    formerly: [],
    mpms: ['event'],
    shape: { kind: 'decimal' },
    unit: null,
    default: { event: 2 },
    field: null,
    changes: 'How many connections beyond its threads a child takes for each idle thread.',
    source: 'httpd 2.4.x, event.c, set_worker_factor',
  },
  {
    name: 'ThreadStackSize',
    formerly: [],
    mpms: all,
    shape: { kind: 'long', min: 0 },
    unit: 'bytes',
    default: { prefork: null, worker: null, event: null },
    field: null,
    changes: 'The C stack of each worker thread.',
    source: 'httpd 2.4.x, mpm_common.c, ap_mpm_set_thread_stacksize',
  },
];

/** The directive of that name, in any case and old names included, under that MPM. */
export const mpmDirective = (name: string, mpm: Mpm): MpmDirective | undefined =>
  mpmDirectives.find(
    (directive) =>
      directive.mpms.includes(mpm) &&
      [directive.name, ...directive.formerly].some((known) => known.toLowerCase() === name.toLowerCase()),
  );
