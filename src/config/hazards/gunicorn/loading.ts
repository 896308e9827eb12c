/** Traps in how the application is imported, and in how new code is taken. */
import { connector, startsAtImport, threadMaker } from '../script-signs.ts';
import { counted } from '../wording.ts';
import type { GunicornHazard } from './scene.ts';

export const oldCodeAfterReload: GunicornHazard = {
  code: 'HAZ141',
  title: 'preload_app keeps old code at a reload',
  explanation:
    'With preload_app the arbiter imports the application once and never again. At SIGHUP it reads its settings anew and forks new workers from the same import: they run the old code. SIGUSR2 starts a new arbiter, which imports.',
  source: 'rule RELOAD-GUNI-02; gunicorn 20.1, app/base.py, wsgi; arbiter.py, reload',
  find: ({ deployment, place }) =>
    deployment.preloadApp && !deployment.reload
      ? [
          {
            at: place('preload_app'),
            severity: 'warning',
            message: 'SIGHUP starts new workers with the old code: preload_app imports the application once',
            fix: 'take new code by a restart, or by SIGUSR2 and SIGTERM to the old arbiter; or leave preload_app out',
          },
        ]
      : [],
};

export const reloadsNothing: GunicornHazard = {
  code: 'HAZ142',
  title: 'reload has no effect on what was preloaded',
  explanation:
    'Workers watch the files that were imported and stop when one changes. With preload_app the next worker is a copy of the same import, and runs the old code.',
  source: 'gunicorn manual, Settings, reload: incompatible with application preloading; rule RELOAD-GUNI-02',
  find: ({ deployment, place }) =>
    deployment.preloadApp && deployment.reload
      ? [
          {
            at: place('reload'),
            severity: 'warning',
            message:
              'reload replaces the workers when a file changes, and they run the old code: preload_app imports once',
            fix: 'use one of the two: reload while you write code, preload_app where it runs',
          },
        ]
      : [],
};

export const reloadIsForDevelopment: GunicornHazard = {
  code: 'HAZ143',
  title: 'reload is for development',
  explanation:
    'With reload every worker looks at each file that it imported once a second, and goes when one is newer. An upload of several files is taken half done; all workers may be gone at once; and an import that fails leaves a worker that answers with the error.',
  source: 'gunicorn 20.1, reloader.py; workers/base.py, load_wsgi; manual, Settings, reload',
  find: ({ deployment, place }) =>
    deployment.reload && !deployment.preloadApp
      ? [
          {
            at: place('reload'),
            severity: deployment.daemon ? 'warning' : 'info',
            message: 'each worker stops by itself as soon as any imported file changes, even if an upload is half done',
            fix: 'leave reload out where it serves, and send SIGHUP when all files are there',
          },
        ]
      : [],
};

export const sharedByWorkers: GunicornHazard = {
  code: 'HAZ144',
  title: 'Opened once, and used by every worker',
  explanation:
    'With preload_app the workers are copies of one import. A connection to a database that it opened is one connection with several owners, who read the answers of one another.',
  source: 'rule ISO-GUNI-01; gunicorn 20.1, arbiter.py, setup and spawn_worker',
  find: ({ deployment, place, scriptText }) =>
    deployment.preloadApp && connector.test(scriptText ?? '')
      ? [
          {
            at: place('preload_app'),
            severity: 'warning',
            message: `${deployment.application.script} opens a connection that all ${counted(deployment.workers, 'worker')} would share, for they are copies of one import`,
            fix: 'open it in the first request, or in post_fork',
          },
        ]
      : [],
};

export const threadsLeftBehind: GunicornHazard = {
  code: 'HAZ145',
  title: 'Threads stay behind at the fork',
  explanation:
    'A fork takes along only the thread that forks. With preload_app a thread that the import starts lives on in the arbiter, where no request comes, and is in no worker.',
  source: 'rule ISO-GUNI-01; POSIX, fork',
  find: ({ deployment, place, scriptText }) =>
    deployment.preloadApp && threadMaker.test(scriptText ?? '') && startsAtImport.test(scriptText ?? '')
      ? [
          {
            at: place('preload_app'),
            severity: 'warning',
            message: `the thread that ${deployment.application.script} starts runs in the arbiter and in no worker`,
            fix: 'start it in post_fork, or leave preload_app out',
          },
        ]
      : [],
};

export const startUpRepeated: GunicornHazard = {
  code: 'HAZ146',
  title: 'Start-up work runs once in each worker',
  explanation:
    'Without preload_app each worker imports the application, and again each one that replaces another. A scheduler that the import starts runs as often as there are workers.',
  source: 'rule ISO-GUNI-01',
  find: ({ deployment, place, scriptText }) => {
    if (deployment.preloadApp || deployment.workers < 2) return [];
    const starts = threadMaker.test(scriptText ?? '') && startsAtImport.test(scriptText ?? '');
    return [
      {
        at: place('workers'),
        severity: starts ? 'warning' : 'info',
        message: starts
          ? `the thread that ${deployment.application.script} starts runs ${deployment.workers} times, once in each worker`
          : `the application is imported ${deployment.workers} times, once by each worker, and again by each that replaces another`,
        fix: 'guard work that must be done once with something outside of Python, such as a file lock or a row in a database',
      },
    ];
  },
};
