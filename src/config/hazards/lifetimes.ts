/** Traps in the options that end a process. */
import type { DaemonGroup } from '../../../spec/deployments/apache.ts';
import { isMonitored } from '../../../spec/machines/process-monitor.ts';
import { requestTimeLimit } from '../../../spec/predict/durations.ts';
import { isDeaf } from '../../../spec/serving/child-signals.ts';
import { toSeconds } from '../../../spec/vocabulary.ts';
import type { Position } from '../diagnostic.ts';
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject, answered, type Scene } from './scene.ts';
import { counted, listed } from './wording.ts';

export const monitorOff: Hazard = {
  code: 'HAZ051',
  title: 'deadlock-timeout=0 switches other timeouts off',
  explanation:
    'One thread of a daemon process looks after restart-interval, request-timeout, startup-timeout and the deadlines of graceful waits. It is started only when deadlock-timeout or inactivity-timeout is not 0. The options are documented as independent of one another.',
  source: 'rule LIFE-MONITOR-01; mod_wsgi 4.9.4, wsgi_daemon_main',
  find: (scene) =>
    scene.deployment.daemons
      .filter((group) => !isMonitored(group) && group.threads > 0)
      .map((group) => {
        const off = [
          ...(group.restartInterval > 0 ? [`restart-interval=${toSeconds(group.restartInterval)}`] : []),
          ...(group.requestTimeout > 0 ? [`request-timeout=${toSeconds(group.requestTimeout)}`] : []),
          ...(group.startupTimeout > 0 ? [`startup-timeout=${toSeconds(group.startupTimeout)}`] : []),
        ];
        return {
          at: ofOption(scene, group, 'deadlock-timeout'),
          severity: off.length > 0 ? 'warning' : 'info',
          message:
            off.length > 0
              ? `deadlock-timeout=0 switches ${listed(off)} off as well in process group '${group.name}', and takes the deadline from every graceful wait`
              : `deadlock-timeout=0 takes the deadline from every graceful wait in process group '${group.name}'`,
          fix: 'leave deadlock-timeout at its 300 s, or set inactivity-timeout: either keeps the timers running',
        };
      }),
};

export const maximumRequestsPutOff: Hazard = {
  code: 'HAZ052',
  title: 'maximum-requests may never end a process under steady load',
  explanation:
    'When the limit is reached while other requests are in progress, the process goes on accepting and waits for a moment without any. Each request that ends meanwhile moves the deadline by another graceful-timeout. Where requests always overlap the process is never replaced.',
  source: 'rules LIFE-MAXREQ-03 and -04; mod_wsgi 4.9.4, wsgi_daemon_worker',
  find: (scene) =>
    scene.deployment.daemons
      .filter((group) => group.maximumRequests > 0 && group.threads > 1 && group.gracefulTimeout > 0)
      .map((group) => ({
        at: ofOption(scene, group, 'maximum-requests'),
        severity: 'info',
        message: `a process of '${group.name}' may live far beyond ${counted(group.maximumRequests, 'request')}: with ${group.threads} threads it waits for a moment without any, and under steady load that may never come`,
        fix: 'use threads=1 where the number must be kept, or graceful-timeout=0 if losing requests is acceptable',
      })),
};

export const connectionsNotRequests: Hazard = {
  code: 'HAZ053',
  title: 'MaxConnectionsPerChild counts connections',
  explanation:
    'The limit counts connections, and a connection that is kept alive carries any number of requests. A value of 1 therefore does not give each request a process of its own.',
  source: 'rule MPM-RECYCLE-01; httpd, prefork.c',
  find: (scene) => {
    const limit = scene.deployment.children.maxConnectionsPerChild;
    if (limit === 0 || !answered(scene).some((mount) => mount.mode === 'embedded')) return [];
    return [
      {
        at: scene.place({ kind: 'directive', host: 0, directive: 'MaxConnectionsPerChild' }),
        severity: limit === 1 ? 'warning' : 'info',
        message: `an Apache child goes after ${counted(limit, 'connection')}, not ${counted(limit, 'request')}: with KeepAlive On one connection carries many`,
        fix:
          limit === 1
            ? 'write KeepAlive Off as well, or use WSGIDaemonProcess with threads=1 maximum-requests=1'
            : 'count connections when choosing the number',
      },
    ];
  },
};

export const restartIgnoresTimeouts: Hazard = {
  code: 'HAZ054',
  title: 'A restart of Apache ends daemon processes after 3 seconds',
  explanation:
    'At a restart of Apache, a graceful one included, and at a plain stop the daemon processes get SIGTERM and 3 seconds later SIGKILL. shutdown-timeout, graceful-timeout and eviction-timeout do not apply. Only the Apache children are treated gracefully; at a restart or stop that is not graceful they close every connection at once, so that nobody gets what a daemon process still answers. Until the last process of before is gone nobody else is answered either, static files included.',
  source:
    'rules RELOAD-APACHE-01 and RELOAD-APACHE-04; apr, apr_pools.c; probed with mod_wsgi 4.9.4; docs/findings/a-restart-answers-nobody.md',
  find: (scene) =>
    firstServing(scene, (group) => group.shutdownTimeout > 3000 || group.shutdownTimeout === 0).map((group) => ({
      at: ofOption(scene, group, 'shutdown-timeout', 'graceful-timeout'),
      severity: 'info',
      message: `at a graceful restart of Apache requests in process group '${group.name}' are cut off after 3 s, in which nobody else is answered, and at any other at once, whatever shutdown-timeout and graceful-timeout say`,
      fix: 'reload an application by touching its script instead of restarting Apache',
    })),
};

export const requestTimeoutStretched: Hazard = {
  code: 'HAZ055',
  title: 'request-timeout is not the time of one request',
  explanation:
    'Before mod_wsgi 6.0 the times of all running requests are added and divided by the number of threads, so that one stuck request of a process with N threads needs N times the value. From 6.0 each request is judged alone, against the value times 1 + ln N. Either way the whole process ends.',
  source: 'rules LIFE-REQTIME-01 to -03; mod_wsgi 4.9.4, wsgi_monitor_thread; 6.0.5, wsgi_daemon_main',
  find: (scene) =>
    scene.deployment.daemons.flatMap((group): readonly Trap[] => {
      const limit = requestTimeLimit(group, scene.deployment.server.modWsgi, 1);
      if (limit === null || group.threads === 1) return [];
      const written = toSeconds(group.requestTimeout);
      return [
        {
          at: ofOption(scene, group, 'request-timeout'),
          severity: 'warning',
          message: `request-timeout=${written} ends a process of '${group.name}' after ${Math.round(toSeconds(limit))} s of one stuck request, not after ${written} s: the ${group.threads} threads are part of the formula`,
          fix: 'choose the value by that formula, or use threads=1',
        },
      ];
    }),
};

export const inactivityNeverStarts: Hazard = {
  code: 'HAZ056',
  title: 'inactivity-timeout does not end a process that was never used',
  explanation:
    'The clock starts with the first request. A process that never served one is not replaced, and one that was replaced for inactivity waits, empty, for the next request, which then pays for loading the application.',
  source: 'rule LIFE-IDLE-01; mod_wsgi 4.9.4, wsgi_monitor_thread',
  find: (scene) =>
    scene.deployment.daemons
      .filter((group) => group.inactivityTimeout > 0)
      .map((group) => ({
        at: ofOption(scene, group, 'inactivity-timeout'),
        severity: 'info',
        message: `a process of '${group.name}' that never had a request is not ended by inactivity-timeout, and the first request after ${toSeconds(group.inactivityTimeout)} s of silence waits until the application is loaded again`,
        fix: 'preload the script, with process-group= and application-group= on its WSGIScriptAlias, to spare that request the wait',
      })),
};

export const startupTimeoutPassesPreload: Hazard = {
  code: 'HAZ057',
  title: 'startup-timeout does not cover scripts loaded at process start',
  explanation:
    'startup-timeout begins with the first request. A script that is loaded when the process starts may hang for ever, and the process takes no request until it is done.',
  source: 'rule LIFE-STARTUP-02; mod_wsgi 4.9.4, wsgi_python_child_init',
  find: (scene) =>
    scene.deployment.daemons.flatMap((group): readonly Trap[] => {
      const loaded = scene.deployment.preloads.filter((preload) => preload.processGroup === group.name);
      if (group.startupTimeout === 0 || loaded.length === 0) return [];
      return [
        {
          at: ofOption(scene, group, 'startup-timeout'),
          severity: 'info',
          message: `startup-timeout=${toSeconds(group.startupTimeout)} does not hold for ${listed(loaded.map((preload) => preload.script))}, which is loaded when a process of '${group.name}' starts`,
          fix: 'leave out application-group= on the alias to load the script with the first request, or put a limit into the script',
        },
      ];
    }),
};

export const cpuLimitHangs: Hazard = {
  code: 'HAZ058',
  title: 'cpu-time-limit without a graceful timeout can hang a process',
  explanation:
    'If the limit is reached while a request is in progress and graceful-timeout is 0, the process may lose all threads that take requests and yet stay alive. Requests to it wait until they fail, until the hard limit or a signal ends it.',
  source: 'rule LIFE-CPU-02; probed with mod_wsgi 4.9.4 and 6.0.5',
  find: (scene) =>
    scene.deployment.daemons
      .filter((group) => group.cpuTimeLimit > 0 && group.gracefulTimeout === 0)
      .map((group) => ({
        at: ofOption(scene, group, 'cpu-time-limit'),
        severity: 'warning',
        message: `a process of '${group.name}' that reaches cpu-time-limit during a request may stay alive without taking requests, because graceful-timeout is 0`,
        fix: 'leave graceful-timeout at its 15 s',
      })),
};

export const childrenNeverGo: Hazard = {
  code: 'HAZ059',
  title: 'A child that ran a sub-interpreter never goes',
  explanation:
    'With CPython 3.9.8 to 3.11 the end of a sub-interpreter waits for a lock that nobody lets go. A daemon process is ended by its shutdown-timeout; a child of worker or event has no such thing, and stays when it is to go by itself: after a graceful restart, after MaxConnectionsPerChild, and when too many threads are idle. It answers nobody and keeps its memory and its slot, and when all slots are taken the server answers nobody until it is stopped. A stop and a plain restart take ten seconds, because it has to be killed. Prefork is not affected.',
  source: 'docs/findings/children-that-never-go.md; CPython, gh-122517; probed with mod_wsgi 4.9.4 on CPython 3.11',
  find: (scene) => {
    const { server, surroundings, children } = scene.deployment;
    // The source of mod_wsgi 6 was not tried.
    if (!isDeaf(server.mpm) || server.modWsgi === '6' || !surroundings.destroyInterpreter) return [];
    const kept = answered(scene).filter((mount) => mount.mode === 'embedded' && mount.applicationGroup !== '');
    const [first] = kept;
    if (!first) return [];
    return [
      {
        at: scene.place(aliasSubject(scene, first.alias)),
        severity: 'warning',
        message: `on CPython 3.9.8 to 3.11 a child of ${server.mpm} that ran ${listed(kept.map(({ url }) => url))} never goes by itself: each graceful restart leaves one behind, and when ServerLimit ${children.serverLimit} are left nobody is answered any more`,
        fix: 'write WSGIApplicationGroup %{GLOBAL} or WSGIDestroyInterpreter Off, or run the application in daemon processes',
      },
    ];
  },
};

/** The first group that fits and has a mount: what holds for all of them is said once. */
const firstServing = (scene: Scene, fits: (group: DaemonGroup) => boolean): readonly DaemonGroup[] =>
  scene.deployment.daemons
    .filter((group) => fits(group) && answered(scene).some((mount) => mount.processGroup === group.name))
    .slice(0, 1);

const ofOption = (scene: Scene, { name }: DaemonGroup, ...options: readonly string[]): Position =>
  scene.place(...options.map((option) => ({ kind: 'daemon-option', name, option }) as const), { kind: 'daemon', name });
