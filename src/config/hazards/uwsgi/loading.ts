/** Traps in how applications are loaded. */

import { uwsgiOption } from '../../../../spec/options/uwsgi-options.ts';
import { socketOptions } from '../../uwsgi/sockets.ts';
import { connector } from '../script-signs.ts';
import { elsewhere, listed } from '../wording.ts';
import type { UwsgiHazard } from './scene.ts';

export const servesWithoutApplication: UwsgiHazard = {
  code: 'HAZ231',
  title: 'Starts without the application',
  explanation:
    'Where the application cannot be imported, uWSGI starts all the same and answers every request with 500. A deployment looks fine, and a reload with a mistake in the code takes a working site away. With need-app the server exits with status 22.',
  source: 'rule LIFE-UWSGI-07; uWSGI 2.0, core/uwsgi.c, uwsgi_init_all_apps',
  find: ({ deployment, place }) =>
    deployment.needApp
      ? []
      : [
          {
            at: place('need-app', 'module', 'wsgi-file', 'mount'),
            severity: 'info',
            message:
              'where the application cannot be imported, the server starts all the same and answers every request with 500',
            fix: 'write need-app = true',
          },
        ],
};

export const sharedBeforeFork: UwsgiHazard = {
  code: 'HAZ232',
  title: 'Made once, and in every worker',
  explanation:
    'Without lazy-apps the application is imported once, before the workers are forked, and each of them gets a copy of what it made. A connection to a database is then one connection with several owners, who read the answers of one another; the state of a generator of random numbers, a token or a cache is the same in each.',
  source: 'rule ISO-UWSGI-02; uWSGI manual, The Art of Graceful Reloading, Preforking vs lazy-apps vs lazy',
  find: ({ deployment, place, readScript }) => {
    const { lazyApps, lazy, processes, applications } = deployment;
    if (lazyApps || lazy || processes === 1) return [];
    const found = applications.map(({ script }) => script).filter((script) => connector.test(readScript(script) ?? ''));
    const at = place('lazy-apps', 'module', 'wsgi-file', 'mount');
    if (found.length === 0)
      return [
        {
          at,
          severity: 'info',
          message: `what the application opens when it is imported, connections too, is shared by all ${processes} workers: they are copies of one import`,
          fix: 'open connections in the first request or after the fork (uwsgidecorators.postfork), or write lazy-apps = true',
        },
      ];
    return [
      {
        at,
        severity: 'warning',
        message: `${listed(found)} opens a connection that all ${processes} workers share, for they are copies of one import`,
        fix: 'open it in the first request or after the fork (uwsgidecorators.postfork), or write lazy-apps = true',
      },
    ];
  },
};

export const lazyRestartsWorkersOnly: UwsgiHazard = {
  code: 'HAZ233',
  title: 'lazy is not lazy-apps',
  explanation:
    'lazy is the older option and changes more: a reload then restarts the workers and never the master, so that changes of the configuration are not taken up. The manual discourages it.',
  source: 'uWSGI 2.0, core/uwsgi.c, grace_them_all; manual, The Art of Graceful Reloading',
  find: ({ deployment, place }) =>
    deployment.lazy
      ? [
          {
            at: place('lazy'),
            severity: 'warning',
            message: 'with lazy a reload restarts the workers only: the master keeps its old configuration',
            fix: 'write lazy-apps = true instead',
          },
        ]
      : [],
};

export const runsInEachWorker: UwsgiHazard = {
  code: 'HAZ234',
  title: 'Imported by each worker',
  explanation:
    'With lazy-apps each worker imports the application for itself, when it starts and whenever it replaces another. What the import does, such as filling a cache or starting a scheduler, is done as often.',
  source: 'rule ISO-UWSGI-02',
  find: ({ deployment, place }) =>
    (deployment.lazyApps || deployment.lazy) && deployment.processes > 1
      ? [
          {
            at: place('lazy-apps', 'lazy'),
            severity: 'info',
            message: `the application is imported up to ${deployment.processes} times, and again by every worker that replaces another`,
            fix: 'guard work that must be done once with something outside of Python, such as a file lock or uwsgi.lock()',
          },
        ]
      : [],
};

export const mountsOutOfReach: UwsgiHazard = {
  code: 'HAZ235',
  title: 'Mounted, and never asked',
  explanation:
    'uWSGI finds the application of a mount by SCRIPT_NAME, which is empty in a request by HTTP. Only with manage-script-name does it look at the URL. Without it every request goes to the first application, whatever the mounts say.',
  source:
    'uWSGI 2.0, core/protocol.c, uwsgi_parse_vars; manual, Hosting multiple apps in the same process (aka managing SCRIPT_NAME and PATH_INFO)',
  find: ({ prediction, reading, deployment }) => {
    const hidden = new Set(prediction.mounts.flatMap(({ neverRuns }) => neverRuns));
    const [first] = deployment.applications;
    return reading.applications
      .filter(({ application }) => hidden.has(application.script) && application !== first)
      .map(({ application, at }) => ({
        at,
        severity: 'warning' as const,
        message: `no request by HTTP reaches ${application.script}: ${first.script} answers ${application.url} too`,
        fix: 'write manage-script-name = true',
      }));
  },
};

export const oneInterpreterForAll: UwsgiHazard = {
  code: 'HAZ236',
  title: 'Several applications in one interpreter',
  explanation:
    'With single-interpreter all applications share sys.modules and with it every module of the same name: two Django projects share one settings module, and the one loaded second runs with the settings of the first.',
  source: 'rule ISO-UWSGI-01',
  find: ({ deployment, place }) =>
    deployment.singleInterpreter && deployment.applications.length > 1
      ? [
          {
            at: place('single-interpreter'),
            severity: 'warning',
            message: `${deployment.applications.length} applications share all modules they import`,
            fix: 'remove single-interpreter, or run each application in a server of its own',
          },
        ]
      : [],
};

export const extensionsInSubInterpreters: UwsgiHazard = {
  code: 'HAZ237',
  title: 'Extension modules in sub-interpreters',
  explanation:
    'The first application has the main interpreter, each further one an interpreter of its own in the same process. Modules written in C, such as numpy, lxml or psycopg, may refuse to be imported there, or keep one state for all of them.',
  source: 'rule ISO-UWSGI-01; Python/C API, Sub-interpreter support, Bugs and caveats',
  find: ({ deployment, reading }) =>
    deployment.singleInterpreter
      ? []
      : reading.applications.slice(1).map(({ application, at }) => ({
          at,
          severity: 'info' as const,
          message: `${application.script} runs in a sub-interpreter: some modules written in C do not work there`,
          fix: 'write single-interpreter = true if it needs one of them, or give it a server of its own',
        })),
};

export const pluginOfDistributions: UwsgiHazard = {
  code: 'HAZ238',
  title: 'Python is a plugin where a distribution installed uWSGI',
  explanation:
    'The uwsgi that pip installs has Python built in. That of Debian, Ubuntu and others loads it as a plugin: without one the options of Python are unknown, which stops a command line, and in a file is passed over, so that every request is answered with an error.',
  source: 'uWSGI manual, Things to know; Debian, package uwsgi-plugin-python3',
  find: ({ reading, place }) =>
    reading.plugins.some(({ name }) => /python/.test(name))
      ? []
      : [
          {
            at: place('module', 'wsgi-file', 'mount'),
            severity: 'info',
            message:
              'no plugin is named: that is right for the uwsgi that pip installs, and not for that of Debian or Ubuntu',
            fix: 'write plugin = python3 above all else if a distribution installed it',
          },
        ],
};

/** Whether several of them make a list, or nothing is known of them. */
const isOneOfMany = (name: string): boolean => uwsgiOption(name, '2.0.30')?.repeats !== false || name in socketOptions;

export const writtenTwice: UwsgiHazard = {
  code: 'HAZ239',
  title: 'Written twice',
  explanation:
    'Of an option that is no list the last one counts. Files that are named without --ini are read after all options of a command line, wherever they stand, and so have the last word.',
  source: 'uWSGI manual, How uWSGI parses config files; uWSGI 2.0, core/init.c, uwsgi_commandline_config',
  find: ({ reading }) =>
    [...reading.written].flatMap(([name, [last, ...earlier]]) => {
      const before = earlier[0];
      if (!last || !before || isOneOfMany(name) || before.value === last.value) return [];
      return [
        {
          at: before.at,
          severity: 'warning' as const,
          message: `${name} = ${before.value ?? 'true'} has no effect: ${elsewhere(before.at, last.at)} sets it to ${last.value ?? 'true'}, and the last one counts`,
          fix: 'keep one of them',
        },
      ];
    }),
};
