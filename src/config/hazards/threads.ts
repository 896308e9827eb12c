/** Traps in the number of threads. */
import { processCount } from '../../../spec/deployments/apache.ts';
import type { Hazard } from './hazard.ts';
import { aliasSubject, answered } from './scene.ts';
import { counted, listed } from './wording.ts';

/** Threads of one process beyond which they mostly wait for one another. */
const manyThreads = 50;

export const embeddedUnderThreads: Hazard = {
  code: 'HAZ031',
  title: 'Embedded under a threaded MPM',
  explanation:
    'Under the worker and event MPMs an Apache child runs ThreadsPerChild requests at once, and an embedded application runs in all of these threads. Code that is not thread-safe loses updates and mixes up requests. Nothing in the configuration of the application says so: the MPM was chosen for static files.',
  source: 'rules FLAG-WORKER-01 and ISO-THREAD-01; the article "mod_wsgi 的两种模式"',
  find: (scene) => {
    const { deployment } = scene;
    const threaded = answered(scene).filter((mount) => mount.mode === 'embedded' && mount.multithread);
    const [first] = threaded;
    if (!first) return [];
    return [
      {
        at: scene.place(aliasSubject(scene, first.alias)),
        severity: 'warning',
        message: `${listed(threaded.map((mount) => mount.url))} must be thread-safe: under the ${deployment.server.mpm} MPM an embedded application serves up to ${counted(first.threads, 'request')} at once in each Apache child`,
        fix: 'where that is not certain, use WSGIDaemonProcess with threads=1 and as many processes as needed, or the prefork MPM',
      },
    ];
  },
};

export const poolLeftToDefaults: Hazard = {
  code: 'HAZ032',
  title: 'One process and 15 threads by default',
  explanation:
    'A group declared without processes and threads is one process with 15 threads. The sixteenth request waits in the queue of the socket, and all 15 share one global lock, so that Python code uses one processor at most.',
  source: 'rules FLAG-DAEMON-03, DISP-SOCK-04, ISO-INTERP-10',
  find: (scene) =>
    scene.deployment.daemons
      .filter((group) => group.processes === null && group.threads === 15)
      .filter(({ name }) => answered(scene).some((mount) => mount.processGroup === name))
      .map(({ name, listenBacklog }) => ({
        at: scene.place({ kind: 'daemon', name }),
        severity: 'info',
        message: `process group '${name}' is one process with 15 threads: the sixteenth request at once waits in a queue of ${listenBacklog}, and Python code uses one processor`,
        fix: 'write processes=N where one processor is not enough',
      })),
};

export const threadsInVast: Hazard = {
  code: 'HAZ033',
  title: 'Very many threads in one process',
  explanation:
    'The threads of a process take turns at one global lock: more of them help only while requests wait for something else, such as a database. Each one costs a stack and whatever the application keeps for each thread, connections included.',
  source: 'rule ISO-INTERP-10; the article "mod_wsgi 的两种模式" (processes=2 threads=64)',
  find: (scene) =>
    scene.deployment.daemons
      .filter((group) => group.threads >= manyThreads)
      .map((group) => ({
        at: scene.place(
          { kind: 'daemon-option', name: group.name, option: 'threads' },
          { kind: 'daemon', name: group.name },
        ),
        severity: 'warning',
        message: `the ${group.threads} threads of each process of '${group.name}' take turns at one global lock: ${counted(processCount(group), 'process', 'processes')} with ${group.threads} threads use ${counted(processCount(group), 'processor')} at most for Python code`,
        fix: 'use more processes with fewer threads each, and measure',
      })),
};

export const threadsBeyondChildren: Hazard = {
  code: 'HAZ034',
  title: 'More daemon threads than Apache can feed',
  explanation:
    'Every request in a daemon process occupies a thread of an Apache child as long as it lasts, because the child passes it on and waits for the answer. Daemon threads beyond MaxRequestWorkers never have anything to do.',
  source: 'rules MPM-LIMIT-01 and FLAG-DAEMON-05',
  find: (scene) => {
    const { children } = scene.deployment;
    return scene.deployment.daemons
      .filter((group) => processCount(group) * group.threads > children.maxRequestWorkers)
      .map((group) => ({
        at: scene.place(
          { kind: 'daemon-option', name: group.name, option: 'threads' },
          { kind: 'daemon', name: group.name },
        ),
        severity: 'warning',
        message: `'${group.name}' has ${processCount(group) * group.threads} threads in all, and Apache passes on at most ${counted(children.maxRequestWorkers, 'request')} at once: the others never have anything to do`,
        fix: 'raise MaxRequestWorkers, or have fewer processes or threads',
      }));
  },
};
