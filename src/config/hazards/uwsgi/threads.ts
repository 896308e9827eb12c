/** Traps around threads. */
import { startsAtImport, threadMaker } from '../script-signs.ts';
import type { UwsgiHazard, UwsgiScene } from './scene.ts';

const scriptsThat = ({ deployment, readScript }: UwsgiScene, ...match: readonly RegExp[]): readonly string[] =>
  deployment.applications
    .map(({ script }) => script)
    .filter((script) => match.every((pattern) => pattern.test(readScript(script) ?? '')));

export const threadsThatStand: UwsgiHazard = {
  code: 'HAZ211',
  title: 'Threads of the application stand still',
  explanation:
    "Before 2.0.27 uWSGI does not set up Python's lock unless threads is above 1 or enable-threads is set. Threads that the application starts then run only while a request does: schedulers, reporters of errors and metrics seem to hang.",
  source: 'rule LIFE-UWSGI-10; uWSGI manual, Things to know',
  find: (scene) => {
    if (scene.deployment.enableThreads) return [];
    const [script] = scriptsThat(scene, threadMaker);
    return [
      {
        at: scene.place('enable-threads', 'threads', 'module', 'wsgi-file', 'mount'),
        severity: script === undefined ? 'info' : 'warning',
        message:
          script === undefined
            ? 'threads that the application starts run only while a request does: enable-threads is not set'
            : `${script} uses threads, and they run only while a request does: enable-threads is not set`,
        fix: 'write enable-threads = true',
      },
    ];
  },
};

export const threadsLeftInMaster: UwsgiHazard = {
  code: 'HAZ212',
  title: 'Threads stay behind at the fork',
  explanation:
    'Without lazy-apps the application is imported before the workers are forked, and a fork takes along only the thread that forks. A thread that was started at import lives on in the master, where no request comes, and is in no worker; a lock it held is held for ever.',
  source: 'rule ISO-UWSGI-02; POSIX, fork',
  find: (scene) => {
    const { lazyApps, lazy, master, processes } = scene.deployment;
    if (lazyApps || lazy || (!master && processes === 1)) return [];
    return scriptsThat(scene, threadMaker, startsAtImport).map((script) => ({
      at: scene.place('lazy-apps', 'module', 'wsgi-file', 'mount'),
      severity: 'warning' as const,
      message: `a thread that ${script} starts when it is imported stays in the process that imports it, and is in no worker`,
      fix: 'write lazy-apps = true, or start it in a function with the decorator uwsgidecorators.postfork',
    }));
  },
};

export const asyncWithoutLoop: UwsgiHazard = {
  code: 'HAZ213',
  title: 'async does not make an application asynchronous',
  explanation:
    'With async a worker can have several requests in hand, but changes between them only where the application asks it to, or where a loop engine such as gevent does so for it. An ordinary WSGI application keeps its worker until it returns, and wsgi.multithread stays False although requests may meet.',
  source: 'rule FLAG-UWSGI-02; uWSGI manual, uWSGI asynchronous/non-blocking modes',
  find: ({ deployment, all, place }) => {
    const { async, threads } = deployment;
    if (async < 2 || all('gevent').length > 0 || all('loop').length > 0 || all('ugreen').length > 0) return [];
    return [
      {
        at: place('async'),
        severity: 'warning',
        message:
          threads > 1
            ? `async = ${async} has no effect on how many requests a worker takes: threads = ${threads} decides`
            : `async = ${async} serves an ordinary WSGI application one request after the other`,
        fix: 'use threads, or a loop engine such as gevent',
      },
    ];
  },
};

export const threadsOverProcesses: UwsgiHazard = {
  code: 'HAZ214',
  title: 'Many threads wait for one connection',
  explanation:
    'All threads of all workers wait at the same socket. Without thunder-lock a connection can wake several of them, and all but one have nothing to do; with many workers that costs time.',
  source: 'uWSGI manual, Serializing accept(), AKA Thundering Herd, AKA the Zeeg Problem',
  find: ({ deployment, isOn, place }) =>
    deployment.processes > 1 && deployment.threads > 1 && !isOn('thunder-lock')
      ? [
          {
            at: place('threads'),
            severity: 'info',
            message: `${deployment.processes * deployment.threads} threads of ${deployment.processes} workers wait at one socket, and a connection may wake several`,
            fix: 'write thunder-lock = true',
          },
        ]
      : [],
};
