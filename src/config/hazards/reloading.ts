/** Traps in loading code again. */
import { toSeconds } from '../../../spec/vocabulary.ts';
import { grouped } from './grouped.ts';
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject, answered, decided } from './scene.ts';
import { groupWords, listed, processWords } from './wording.ts';

export const reloadingOff: Hazard = {
  code: 'HAZ061',
  title: 'Touching the script has no effect',
  explanation:
    'With WSGIScriptReloading Off no modification time is compared. New code waits until the process is replaced for another reason, in daemon mode as in embedded mode.',
  source: 'rule RELOAD-OFF-01; the article "Apache重新加载WSGI应用"',
  find: (scene) =>
    answered(scene)
      .filter((mount) => !mount.scriptReloading)
      .map((mount) => ({
        at: scene.place(decided(scene, mount, 'scriptReloading')?.subject ?? null, aliasSubject(scene, mount.alias)),
        severity: 'info',
        message: `touching ${mount.script} has no effect: new code runs when a ${processWords(mount.processGroup)} is replaced for another reason`,
        fix: 'write WSGIScriptReloading On, or restart the processes yourself after a change',
      })),
};

export const touchCutsRequests: Hazard = {
  code: 'HAZ062',
  title: 'A touched script cuts off requests in progress',
  explanation:
    'The request that finds the script changed is sent again to a new process and loses nothing. All others in progress in the old process get shutdown-timeout, 5 seconds unless set, and not graceful-timeout. Nothing happens at all until such a request comes, and each process notices for itself.',
  source: 'rules RELOAD-DAEMON-01 to -05; the article "Apache重新加载WSGI应用"',
  find: (scene) => {
    const first = answered(scene).find((mount) => mount.mode === 'daemon' && mount.scriptReloading);
    const group = scene.deployment.daemons.find((daemon) => daemon.name === first?.processGroup);
    if (!first || !group || group.shutdownTimeout === 0) return [];
    return [
      {
        at: scene.place(
          { kind: 'daemon-option', name: group.name, option: 'shutdown-timeout' },
          { kind: 'daemon', name: group.name },
        ),
        severity: 'info',
        message: `when ${first.script} is touched, other requests in progress in the process that notices are cut off after ${toSeconds(group.shutdownTimeout)} s: graceful-timeout does not apply`,
        fix: 'give shutdown-timeout the time that the longest request needs',
      },
    ];
  },
};

export const reloadTakesNeighbours: Hazard = {
  code: 'HAZ063',
  title: 'Touching one script restarts its neighbours',
  explanation:
    'In daemon mode a reload is the end of the whole process, with every other application and interpreter in it.',
  source: 'rule RELOAD-DAEMON-06; the article "mod_wsgi 的两种模式"',
  find: (scene) =>
    [...grouped(answered(scene), (mount) => mount.processGroup).values()].flatMap((together): readonly Trap[] => {
      const [first] = together;
      const scripts = [...new Set(together.map((mount) => mount.script))];
      const watched = together.filter((mount) => mount.scriptReloading);
      if (first?.mode !== 'daemon' || scripts.length < 2 || watched.length === 0) return [];
      return [
        {
          at: scene.place({ kind: 'daemon', name: first.processGroup }),
          severity: 'info',
          message: `touching one of ${listed(scripts)} restarts all of them: they are in ${groupWords(first.processGroup)}, and a reload ends the process`,
          fix: 'give each application a process group to itself where that matters',
        },
      ];
    }),
};

export const importStallsNeighbours: Hazard = {
  code: 'HAZ064',
  title: 'A slow import stalls the other applications of its process',
  explanation:
    'mod_wsgi looks up the module of every request under one lock for the whole process and holds it while a script is being executed for the first time. Requests for applications that are long loaded wait meanwhile.',
  source: 'rule ISO-LOCK-01; probed with mod_wsgi 4.9.4 and 6.0.5',
  find: (scene) =>
    [...grouped(answered(scene), (mount) => mount.processGroup).values()].flatMap((together): readonly Trap[] => {
      const lazy = together.filter((mount) => mount.loads === 'first-request');
      const [first] = lazy;
      const scripts = [...new Set(together.map((mount) => mount.script))];
      if (!first || scripts.length < 2) return [];
      return [
        {
          at: scene.place({ kind: 'daemon', name: first.processGroup }, aliasSubject(scene, first.alias)),
          severity: 'info',
          message: `while a ${processWords(first.processGroup)} executes one of ${listed(lazy.map((mount) => mount.script))} for the first time, its requests for the others wait`,
          fix: 'load the scripts at process start, with process-group= and application-group= on each WSGIScriptAlias, or give each a process group to itself',
        },
      ];
    }),
};

export const embeddedKeepsModules: Hazard = {
  code: 'HAZ065',
  title: 'Embedded, only the script file itself is loaded again',
  explanation:
    'When an embedded script changed, each Apache child executes the script file again in the interpreter it has. Modules that the script imported stay as they are, with their globals, and old and new code answer in turn until every child has had a request. No process ends.',
  source: 'rules RELOAD-EMBED-01 and -02; the article "Apache 运行模式 & mod_wsgi"',
  find: (scene) => {
    const embedded = answered(scene).filter((mount) => mount.mode === 'embedded' && mount.scriptReloading);
    const [first] = embedded;
    if (!first) return [];
    return [
      {
        at: scene.place(aliasSubject(scene, first.alias)),
        severity: 'info',
        message: `touching ${listed(embedded.map((mount) => mount.script))} executes only the script file again: modules it imports keep their old code until the Apache child ends`,
        fix: 'use a daemon process group, where the whole process is replaced, or restart Apache after a change',
      },
    ];
  },
};
