/**
 * The options of uWSGI 2.0 that bear on processes, threads, interpreters, lifetimes, reloading, stopping, listening and on
 * which applications are loaded: how uWSGI reads each, and what it changes. All others are in
 * {@link file://./uwsgi-option-names.ts}. Source: uWSGI, `uwsgi_base_options` and the tables of the plugins python and http.
 */
import type { UwsgiDeployment, UwsgiRelease } from '../deployments/uwsgi.ts';
import { uwsgiReleases } from '../deployments/uwsgi.ts';
import type { Option } from './option.ts';

export interface UwsgiOption extends Option {
  /** Other names of the same option; the last one written decides, whatever its name. */
  readonly aliases: readonly string[];
  /** Its letter on the command line. */
  readonly short: string | null;
  readonly argument: UwsgiArgument;
  /** Where it comes from; `core` is always there. */
  readonly part: 'core' | 'python' | 'http' | 'gevent';
  /** Each further one adds to those before, instead of replacing them. */
  readonly repeats: boolean;
  /** What naming it switches on, whatever its value. Source: uWSGI, core/config.c, add_exported_option_do. */
  readonly implies: readonly UwsgiImplied[];
  /** The field of the deployment it sets; null is one that decides how others are understood, or is the source of a hazard. */
  readonly field: Exclude<keyof UwsgiDeployment, 'kind' | 'release' | 'others'> | null;
  /** The release that brought it; null is older than 2.0.21. */
  readonly since: string | null;
  readonly releases: readonly UwsgiRelease[];
}

/** Whether a value must follow on the command line. */
export type UwsgiArgument = 'required' | 'none' | 'optional';

export type UwsgiImplied = 'master' | 'threads';

/** uwsgi_opt_set_int: atoi, and a negative number is refused. */
const count = { kind: 'integer', min: 0, max: null, zero: false } as const;
/** uwsgi_opt_set_64bit: strtoul; a negative number wraps around and is not refused. */
const long = { kind: 'long', min: 0 } as const;
/** uwsgi_opt_true: anything but false, off, no and 0. */
const onOrOff = { kind: 'switch' } as const;
const text = { kind: 'text' } as const;

type Row = Pick<UwsgiOption, 'name' | 'shape' | 'default' | 'changes'> &
  Partial<
    Pick<
      UwsgiOption,
      'aliases' | 'short' | 'argument' | 'repeats' | 'implies' | 'field' | 'unit' | 'since' | 'releases'
    >
  >;

const option = (part: UwsgiOption['part'], file: string, line: number, row: Row): UwsgiOption => ({
  aliases: [],
  short: null,
  argument: row.shape.kind === 'switch' ? 'none' : 'required',
  part,
  repeats: false,
  implies: [],
  field: null,
  unit: null,
  since: null,
  releases: uwsgiReleases,
  source: `uWSGI 2.0.30, ${file}:${line}`,
  ...row,
});

const core = (line: number, row: Row): UwsgiOption => option('core', 'core/uwsgi.c', line, row);
const python = (line: number, row: Row): UwsgiOption => option('python', 'plugins/python/python_plugin.c', line, row);
const http = (line: number, row: Row): UwsgiOption => option('http', 'plugins/http/http.c', line, row);

export const uwsgiOptions: readonly UwsgiOption[] = [
  // Processes and threads.
  core(212, {
    name: 'master',
    short: 'M',
    shape: onOrOff,
    default: false,
    field: 'master',
    changes:
      'A process of its own starts the workers, replaces those that end, and takes signals. Without it nobody replaces a worker.',
  }),
  core(79, {
    name: 'processes',
    aliases: ['workers'],
    short: 'p',
    shape: count,
    unit: 'processes',
    default: 1,
    field: 'processes',
    changes: 'How many workers there are at most, and wsgi.multiprocess if more than one.',
  }),
  core(798, {
    name: 'threads',
    shape: count,
    unit: 'threads',
    default: 1,
    implies: ['threads'],
    field: 'threads',
    changes: 'How many requests a worker runs at once, and wsgi.multithread if more than one. Sets enable-threads.',
  }),
  core(695, {
    name: 'async',
    shape: count,
    unit: 'requests',
    default: 1,
    field: 'async',
    changes:
      'How many requests a worker has in hand by turns, for applications written for a loop engine. Without effect on the number where threads is above 1.',
  }),
  option('gevent', 'plugins/gevent/gevent.c', 20, {
    name: 'gevent',
    shape: count,
    unit: 'requests',
    default: 1,
    implies: ['threads'],
    field: 'async',
    changes: 'How many requests a worker has in hand by turns, each in a greenlet of gevent.',
  }),
  core(200, {
    name: 'enable-threads',
    short: 'T',
    shape: onOrOff,
    default: false,
    field: 'enableThreads',
    changes:
      'Threads that the application starts run also while no request does. Always so from 2.0.27 on, whatever is written.',
  }),
  core(783, {
    name: 'cheaper',
    shape: count,
    unit: 'processes',
    default: 0,
    implies: ['master'],
    field: 'cheaper',
    changes:
      'The number of workers follows the load, between this and processes, which must be larger. 0 keeps all of them.',
  }),
  core(784, {
    name: 'cheaper-initial',
    shape: count,
    unit: 'processes',
    default: 0,
    implies: ['master'],
    field: 'cheaper',
    changes:
      'How many workers there are at first; brought between cheaper and processes. 0 is as many as cheaper says.',
  }),
  core(786, {
    name: 'cheaper-step',
    shape: count,
    unit: 'processes',
    default: 0,
    implies: ['master'],
    field: 'cheaper',
    changes: 'How many workers are added at once. 0 is one.',
  }),
  core(787, {
    name: 'cheaper-overload',
    shape: long,
    unit: 'seconds',
    default: 3,
    implies: ['master'],
    field: 'cheaper',
    changes: 'For how many looks, one a second, all workers must have been busy before one is added.',
  }),
  core(785, {
    name: 'cheaper-algo',
    shape: text,
    default: 'spare',
    implies: ['master'],
    field: 'cheaper',
    changes: 'How the number follows the load. One that no plugin offers is replaced by spare.',
  }),
  core(782, {
    name: 'cheap',
    shape: onOrOff,
    default: false,
    implies: ['master'],
    field: 'cheap',
    changes: 'No worker is started until the first connection comes.',
  }),
  core(793, {
    name: 'idle',
    shape: count,
    unit: 'seconds',
    default: 0,
    implies: ['master'],
    field: 'idle',
    changes: 'Without a request for so long all workers end, until the next connection comes. 0 is never.',
  }),
  core(794, {
    name: 'die-on-idle',
    shape: onOrOff,
    default: false,
    field: 'dieOnIdle',
    changes: 'After idle the whole server ends instead.',
  }),

  // Applications and interpreters.
  python(88, {
    name: 'module',
    aliases: ['wsgi'],
    short: 'w',
    shape: text,
    default: null,
    field: 'applications',
    changes: 'The module that is the application; module:callable names the callable as well.',
  }),
  python(85, {
    name: 'wsgi-file',
    aliases: ['file'],
    shape: text,
    default: null,
    field: 'applications',
    changes: 'The file that is the application. Where module is loaded as well, this one is skipped.',
  }),
  python(90, {
    name: 'callable',
    shape: text,
    default: 'application',
    field: 'applications',
    changes: 'The name of the callable where none stands with the application itself.',
  }),
  core(795, {
    name: 'mount',
    aliases: ['worker-mount'],
    shape: text,
    default: null,
    repeats: true,
    field: 'applications',
    changes:
      'One more application, below a URL: /prefix=file.py or /prefix=module:callable. Each further one gets an interpreter of its own.',
  }),
  core(585, {
    name: 'manage-script-name',
    shape: onOrOff,
    default: false,
    field: 'manageScriptName',
    changes:
      'Which mount a URL begins with decides who answers. Without it a client of HTTP reaches only the default application.',
  }),
  core(584, {
    name: 'no-default-app',
    shape: onOrOff,
    default: false,
    field: 'noDefaultApp',
    changes: 'A URL below no mount is answered with 500 and not by the first application.',
  }),
  core(210, {
    name: 'single-interpreter',
    short: 'i',
    shape: onOrOff,
    default: false,
    field: 'singleInterpreter',
    changes: 'All applications are loaded into the main interpreter.',
  }),
  core(211, {
    name: 'need-app',
    shape: onOrOff,
    argument: 'optional',
    default: false,
    field: 'needApp',
    changes:
      'The server exits with code 22 where no application can be loaded, instead of answering every request with 500.',
  }),
  core(781, {
    name: 'lazy-apps',
    shape: onOrOff,
    default: false,
    field: 'lazyApps',
    changes: 'Each worker loads the applications after the fork, instead of getting a copy of what the master loaded.',
  }),
  core(780, {
    name: 'lazy',
    shape: onOrOff,
    default: false,
    field: 'lazy',
    changes: 'As lazy-apps, and a reload restarts only the workers and not the master.',
  }),
  python(99, {
    name: 'pythonpath',
    aliases: ['python-path', 'pp'],
    shape: text,
    default: null,
    repeats: true,
    field: 'applications',
    changes: 'A directory where Python looks for modules first; patterns are expanded.',
  }),
  core(778, {
    name: 'chdir',
    shape: text,
    default: null,
    field: 'chdir',
    changes: 'The directory the server changes to before it loads anything; the server exits where it is not there.',
  }),

  // What ends workers.
  core(279, {
    name: 'max-requests',
    short: 'R',
    shape: long,
    unit: 'requests',
    default: 0,
    field: 'maxRequests',
    changes: 'After so many requests a worker ends, if it is min-worker-lifetime old by then. 0 is never.',
  }),
  core(280, {
    name: 'max-requests-delta',
    shape: long,
    unit: 'requests',
    default: 0,
    since: '2.0.29',
    releases: ['2.0.30'],
    field: 'maxRequestsDelta',
    changes: 'The second worker has so many requests more, the third twice as many, and so on.',
  }),
  core(281, {
    name: 'min-worker-lifetime',
    shape: long,
    unit: 'seconds',
    default: 10,
    field: 'minWorkerLifetime',
    changes:
      'No worker ends for max-requests, reload-on-rss or reload-on-as before it is so old. The help of releases before 2.0.25 says that the default is 60; it was 10.',
  }),
  core(282, {
    name: 'max-worker-lifetime',
    shape: long,
    unit: 'seconds',
    default: 0,
    field: 'maxWorkerLifetime',
    changes:
      'A worker so old ends when it has no request; looked at by the master. The server exits unless this is above min-worker-lifetime. 0 is never.',
  }),
  core(283, {
    name: 'max-worker-lifetime-delta',
    shape: count,
    unit: 'seconds',
    default: 0,
    field: 'maxWorkerLifetimeDelta',
    changes: 'The second worker may become so much older, the third twice as much, and so on.',
  }),
  core(539, {
    name: 'reload-on-rss',
    shape: long,
    unit: 'megabytes',
    default: 0,
    field: 'reloadOnRss',
    changes: 'A worker that has so much memory ends after its request, if it is min-worker-lifetime old. 0 is never.',
  }),
  core(538, {
    name: 'reload-on-as',
    shape: long,
    unit: 'megabytes',
    default: 0,
    field: 'reloadOnAs',
    changes: 'The same for its address space.',
  }),
  core(541, {
    name: 'evil-reload-on-rss',
    shape: long,
    unit: 'megabytes',
    default: 0,
    implies: ['master'],
    field: 'evilReloadOnRss',
    changes: 'The master kills a worker that has so much memory, whatever it is doing. 0 is never.',
  }),
  core(540, {
    name: 'evil-reload-on-as',
    shape: long,
    unit: 'megabytes',
    default: 0,
    implies: ['master'],
    field: 'evilReloadOnAs',
    changes: 'The same for its address space.',
  }),
  core(82, {
    name: 'harakiri',
    short: 't',
    shape: count,
    unit: 'seconds',
    default: 0,
    field: 'harakiri',
    changes:
      'A worker whose request takes longer is killed, and its client gets nothing. One clock for all threads of a worker: each request that begins or ends sets it back. 0 is never.',
  }),
  core(84, {
    name: 'harakiri-graceful-timeout',
    shape: count,
    unit: 'seconds',
    default: 0,
    since: '2.0.22',
    releases: ['2.0.30'],
    field: 'harakiriGracefulTimeout',
    changes: 'A worker over its harakiri is first sent a signal, and killed only so much later.',
  }),
  core(689, {
    name: 'forkbomb-delay',
    shape: count,
    unit: 'seconds',
    default: 2,
    implies: ['master'],
    field: 'forkbombDelay',
    changes: 'How long the master waits when workers die as fast as it starts them.',
  }),

  // Reloading and stopping.
  core(267, {
    name: 'worker-reload-mercy',
    shape: count,
    unit: 'seconds',
    default: 60,
    field: 'workerReloadMercy',
    changes: 'How long a worker that was told to go may take to finish its requests before it is killed.',
  }),
  core(266, {
    name: 'reload-mercy',
    shape: count,
    unit: 'seconds',
    default: 0,
    field: 'reloadMercy',
    changes: 'The same for attached daemons and the Emperor, and not for workers, whatever the help says.',
  }),
  core(270, {
    name: 'die-on-term',
    shape: onOrOff,
    default: false,
    field: 'dieOnTerm',
    changes: 'SIGTERM stops the server and SIGQUIT reloads it; without it the other way round.',
  }),
  core(269, {
    name: 'exit-on-reload',
    shape: onOrOff,
    default: false,
    field: 'exitOnReload',
    changes: 'What would reload the server ends it, so that whoever started it can start it again.',
  }),
  core(556, {
    name: 'touch-reload',
    shape: text,
    default: null,
    repeats: true,
    implies: ['master'],
    field: 'touchReload',
    changes: 'A newer time of this file reloads the server: all workers finish, and the master starts anew.',
  }),
  core(557, {
    name: 'touch-workers-reload',
    shape: text,
    default: null,
    repeats: true,
    implies: ['master'],
    field: 'touchWorkersReload',
    changes:
      'A newer time of this file restarts the workers, and not the master; new code is loaded only with lazy-apps.',
  }),
  core(560, {
    name: 'touch-chain-reload',
    shape: text,
    default: null,
    repeats: true,
    implies: ['master'],
    field: 'touchChainReload',
    changes:
      'A newer time of this file restarts one worker after the other, so that the server goes on serving; new code is loaded only with lazy-apps.',
  }),
  python(149, {
    name: 'py-auto-reload',
    aliases: ['py-autoreload', 'python-auto-reload', 'python-autoreload'],
    shape: count,
    unit: 'seconds',
    default: 0,
    implies: ['threads', 'master'],
    field: 'pyAutoReload',
    changes: 'How often a thread looks whether an imported module has changed, and reloads the server. 0 is never.',
  }),

  // Listening.
  core(40, {
    name: 'socket',
    aliases: ['uwsgi-socket'],
    short: 's',
    shape: text,
    default: null,
    repeats: true,
    field: 'listens',
    changes: 'Where the workers take requests in the protocol of uWSGI, from a web server in front of them.',
  }),
  core(47, {
    name: 'http-socket',
    shape: text,
    default: null,
    repeats: true,
    field: 'listens',
    changes: 'Where the workers take requests by HTTP themselves, one for each connection.',
  }),
  core(51, {
    name: 'http11-socket',
    shape: text,
    default: null,
    repeats: true,
    field: 'listens',
    changes: 'The same, and connections are kept.',
  }),
  http(12, {
    name: 'http',
    aliases: ['httprouter'],
    shape: text,
    default: null,
    repeats: true,
    field: 'listens',
    changes: 'Where a router, a process of its own, takes requests by HTTP and passes them to the workers.',
  }),
  core(75, {
    name: 'protocol',
    aliases: ['socket-protocol'],
    shape: text,
    default: 'uwsgi',
    field: 'listens',
    changes: 'What is spoken on the addresses of socket.',
  }),
  core(184, {
    name: 'listen',
    short: 'l',
    shape: count,
    unit: 'connections',
    default: 100,
    field: 'listen',
    changes:
      'How many connections wait in the queue of each socket. The server exits where it is more than the kernel allows (net.core.somaxconn).',
  }),

  // Names.
  core(207, {
    name: 'procname',
    shape: text,
    default: null,
    field: 'procName',
    changes: 'What ps shows for each process.',
  }),

  // Of which there is something to say.
  core(81, {
    name: 'thunder-lock',
    shape: onOrOff,
    default: false,
    changes: 'Workers take turns at accepting, so that a connection wakes one of them and not all.',
  }),
  core(954, {
    name: 'vacuum',
    shape: onOrOff,
    default: false,
    changes: 'Removes the files of sockets and pids when the server stops.',
  }),
  core(173, {
    name: 'daemonize',
    short: 'd',
    shape: text,
    default: null,
    changes: 'The server goes to the background and logs to this file; its parent sees it end at once.',
  }),
  core(174, {
    name: 'daemonize2',
    shape: text,
    default: null,
    changes: 'The same, after the applications are loaded.',
  }),
  core(187, {
    name: 'buffer-size',
    short: 'b',
    shape: { kind: 'integer', min: 0, max: 65535, zero: false },
    unit: 'bytes',
    default: 4096,
    changes: 'In how many bytes the line and the headers of a request must fit; others are refused.',
  }),
  core(580, {
    name: 'post-buffering',
    shape: long,
    unit: 'bytes',
    default: 0,
    changes: 'The body of a request is read before the application is called; what is larger goes to a file.',
  }),
  core(186, {
    name: 'max-apps',
    shape: count,
    default: 64,
    changes: 'How many applications a worker can hold.',
  }),
  python(92, {
    name: 'home',
    aliases: ['virtualenv', 'venv', 'pyhome'],
    short: 'H',
    shape: text,
    default: null,
    changes: 'The virtual environment that applications import from.',
  }),
  core(1003, {
    name: 'plugin',
    aliases: ['plugins'],
    shape: text,
    default: null,
    repeats: true,
    changes:
      'Loads parts of uWSGI that are not built in: python3 where it was installed by Debian or Ubuntu, and http.',
  }),
  core(1005, {
    name: 'need-plugin',
    aliases: ['need-plugins'],
    shape: text,
    default: null,
    repeats: true,
    changes: 'The same, and the server exits where there is no such plugin.',
  }),
  core(98, {
    name: 'strict',
    shape: onOrOff,
    default: false,
    changes: 'An option that uWSGI does not know stops the server, instead of being taken for a name of the user.',
  }),
];

const byName = new Map(
  uwsgiReleases.map((release) => [
    release,
    new Map(
      uwsgiOptions
        .filter(({ releases }) => releases.includes(release))
        .flatMap((row) => [row.name, ...row.aliases].map((name) => [name, row] as const)),
    ),
  ]),
);

/** The option of that name or alias in that release. */
export const uwsgiOption = (name: string, release: UwsgiRelease): UwsgiOption | undefined =>
  byName.get(release)?.get(name);
