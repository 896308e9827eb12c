/** Traps in the choice of a process group. */
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject, decided, type Scene, type SceneMount } from './scene.ts';
import { counted, listed } from './wording.ts';

export const groupUnused: Hazard = {
  code: 'HAZ011',
  title: 'Process group that nothing uses',
  explanation:
    'The processes of a declared group are started whether or not a request can reach them. They cost memory and do nothing. Usually the directive that should select the group is missing or names another.',
  source: 'rule CONF-PG-01',
  find: ({ deployment, mounts, prediction, place }) => {
    // A dispatch script or an environment variable may name a group at run time; an alias with a pattern hides its URLs.
    if (prediction.patterns.length > 0 || mounts.some((mount) => mount.processGroup.startsWith('%{ENV:'))) return [];
    return deployment.daemons
      .filter(({ name }) => !mounts.some((mount) => mount.processGroup === name))
      .filter(({ name }) => !deployment.preloads.some((preload) => preload.processGroup === name))
      .map(({ name, processes }) => ({
        at: place({ kind: 'daemon', name }),
        severity: 'warning',
        message: `no request reaches process group '${name}': its ${counted(processes ?? 1, 'process', 'processes')} will run for nothing`,
        fix: `select it where it is meant, with WSGIProcessGroup ${name} or process-group=${name}, or remove it`,
      }));
  },
};

export const groupUndefined: Hazard = {
  code: 'HAZ012',
  title: 'Process group that does not exist',
  explanation:
    'mod_wsgi looks for the group when a request comes, not when it reads the configuration. Apache starts without complaint and answers every such request with 500.',
  source: 'rule CONF-PG-02; mod_wsgi 4.9.4, wsgi_execute_remote',
  find: (scene) =>
    refusedBecause(scene, 'process-group-undefined').map((mount) => {
      const names = scene.deployment.daemons.map((group) => group.name);
      const similar = names.find((name) => name.toLowerCase() === mount.processGroup.trim().toLowerCase());
      return {
        at: placeOfGroup(scene, mount),
        severity: 'warning',
        message: `every request for ${mount.url} is answered with 500: there is no process group '${mount.processGroup}'`,
        fix: similar
          ? `write '${similar}': names of groups are compared letter by letter`
          : `declare it with WSGIDaemonProcess ${mount.processGroup}${names.length > 0 ? `, or name one that exists: ${listed(names)}` : ''}`,
      };
    }),
};

export const groupOfAnotherHost: Hazard = {
  code: 'HAZ013',
  title: 'Process group of another virtual host',
  explanation:
    'A group declared inside a virtual host serves virtual hosts with the same ServerName only. From any other the request is answered with 500. A group declared outside every virtual host serves all of them.',
  source: 'rule CONF-PG-04; mod_wsgi 4.9.4, wsgi_execute_remote',
  find: (scene) =>
    refusedBecause(scene, 'process-group-of-another-host').map((mount) => ({
      at: placeOfGroup(scene, mount),
      severity: 'warning',
      message: `every request for ${mount.url} on ${mount.host}:${mount.port} is answered with 500: process group '${mount.processGroup}' belongs to another virtual host`,
      fix: `move WSGIDaemonProcess ${mount.processGroup} out of its VirtualHost, or declare a group of this host's own`,
    })),
};

export const groupRestricted: Hazard = {
  code: 'HAZ014',
  title: 'Process group that WSGIRestrictProcess forbids',
  explanation:
    'Where WSGIRestrictProcess is in force, a request whose group is not in its list is answered with 500. %{GLOBAL} in the list stands for embedded mode.',
  source: 'rule CONF-PG-05',
  find: (scene) =>
    refusedBecause(scene, 'process-group-restricted').map((mount) => ({
      at: scene.place(decided(scene, mount, 'restrictProcess')?.subject ?? null, aliasSubject(scene, mount.alias)),
      severity: 'warning',
      message: `every request for ${mount.url} is answered with 500: WSGIRestrictProcess does not allow ${mount.processGroup === '' ? 'embedded mode' : `process group '${mount.processGroup}'`}`,
      fix: `add ${mount.processGroup === '' ? '%{GLOBAL}' : mount.processGroup} to WSGIRestrictProcess, or select a group that it lists`,
    })),
};

export const embeddedRestricted: Hazard = {
  code: 'HAZ015',
  title: 'Embedded mode is switched off',
  explanation:
    'With WSGIRestrictEmbedded On no application runs inside an Apache child, and a request that nothing sends to a daemon process group is answered with 500.',
  source: 'rule CONF-PG-06',
  find: (scene) =>
    refusedBecause(scene, 'embedded-restricted').map((mount) => ({
      at: scene.place(aliasSubject(scene, mount.alias)),
      severity: 'warning',
      message: `every request for ${mount.url} is answered with 500: no process group is selected for it, and WSGIRestrictEmbedded forbids embedded mode`,
      fix: 'select a daemon process group with process-group= on the WSGIScriptAlias or with WSGIProcessGroup',
    })),
};

export const accessDenied: Hazard = {
  code: 'HAZ016',
  title: 'Access to the script is denied',
  explanation:
    'Apache decides about access before mod_wsgi sees the request. Debian denies everything outside a few directories, so the directory of a script needs a Require of its own.',
  source: 'httpd, mod_authz_core; apache2.conf of Debian',
  find: (scene) =>
    refusedBecause(scene, 'access-denied').map((mount) => ({
      at: scene.place(decided(scene, mount, 'access')?.subject ?? null, aliasSubject(scene, mount.alias)),
      severity: 'warning',
      message: `every request for ${mount.url} is answered with 403: access to ${mount.script} is denied`,
      fix: `add <Directory "${mount.script.replace(/\/[^/]*$/, '') || '/'}"> with Require all granted`,
    })),
};

export const groupWithoutThreads: Hazard = {
  code: 'HAZ017',
  title: 'Requests for a process that takes none',
  explanation:
    'With threads=0 a daemon process runs its import scripts and never looks at the socket of its group. Apache connects all the same, because the parent process holds the socket, and waits until socket-timeout, or Timeout where that is not set.',
  source: 'rule CONF-DAEMON-03; probed with Apache 2.4 and mod_wsgi 4.9.4',
  find: (scene) =>
    scene.mounts
      .filter((mount) => mount.answer.kind === 'unanswered')
      .map((mount) => ({
        at: placeOfGroup(scene, mount),
        severity: 'warning',
        message: `every request for ${mount.url} waits for the timeout and is then answered with 504: process group '${mount.processGroup}' has threads=0 and takes no request`,
        fix: `give '${mount.processGroup}' threads, or select another group`,
      })),
};

const refusedBecause = (scene: Scene, why: string): readonly SceneMount[] =>
  scene.mounts.filter(({ answer }) => answer.kind === 'refused' && answer.why === why);

/** Where the name of the mount's process group was written. */
const placeOfGroup = (scene: Scene, mount: SceneMount): Trap['at'] =>
  scene.place(decided(scene, mount, 'processGroup')?.subject ?? null, aliasSubject(scene, mount.alias));
