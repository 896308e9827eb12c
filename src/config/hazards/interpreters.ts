/** Traps in the choice of an interpreter, that is of an application group. */
import { grouped } from './grouped.ts';
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject, answered, decided, type Scene, type SceneMount } from './scene.ts';
import { groupWords, interpreterWords, listed, processWords } from './wording.ts';

export const interpreterPerAddress: Hazard = {
  code: 'HAZ021',
  title: 'One mount, several interpreters',
  explanation:
    'The default application group, %{RESOURCE}, is made of the ServerName, the port and the mount point; %{SERVER} and %{HOST} hold the port as well. A mount that is reached through two ports or two virtual hosts is therefore loaded once for each of them in every process, and its globals are not shared between them.',
  source: 'rules ISO-INTERP-02, CONF-EXPAND-03; mod_wsgi 4.9.4, wsgi_application_group',
  find: (scene) =>
    [
      ...grouped(answered(scene), (mount) => JSON.stringify([mount.script, mount.processGroup, mount.url])).values(),
    ].flatMap((same): readonly Trap[] => {
      const [first] = same;
      const interpreters = [...new Set(same.map((mount) => mount.applicationGroup))];
      if (!first || interpreters.length < 2) return [];
      return [
        {
          at: placeOfInterpreter(scene, first),
          severity: 'warning',
          message: `${first.script} at ${first.url} is loaded ${interpreters.length} times in each ${processWords(first.processGroup)}, because the names of its interpreters follow host and port: ${listed(interpreters.map(interpreterWords))}`,
          fix: 'give the alias an application group of its own, such as application-group=%{GLOBAL}',
        },
      ];
    }),
};

export const interpreterNamedByClient: Hazard = {
  code: 'HAZ022',
  title: 'The client chooses the interpreter',
  explanation:
    '%{HOST} is the Host header of the request. Every name that a client invents makes one more interpreter in the process, which stays until the process ends and holds a whole copy of the application.',
  source: 'rule CONF-EXPAND-03; mod_wsgi 4.9.4, wsgi_application_group',
  find: (scene) =>
    answered(scene).flatMap((mount): readonly Trap[] =>
      nameOfInterpreter(scene, mount) === '%{HOST}'
        ? [
            {
              at: placeOfInterpreter(scene, mount),
              severity: 'warning',
              message: `%{HOST} lets every client make interpreters in ${groupWords(mount.processGroup)}: each new Host header loads ${mount.script} once more, for as long as the process lives`,
              fix: 'use %{SERVER}, %{GLOBAL} or a name of your own',
            },
          ]
        : [],
    ),
};

export const interpreterFollowsHostPort: Hazard = {
  code: 'HAZ023',
  title: "The port in the client's Host header is part of the interpreter's name",
  explanation:
    'Unless UseCanonicalName is On, Apache takes the port of a request from its Host header, and mod_wsgi makes it a part of the default application group. A client that sends other ports makes other interpreters, each with a copy of the application, until the process ends.',
  source: 'httpd, ap_get_server_port; rule ISO-INTERP-02; probed with Apache 2.4 and mod_wsgi 4.9.4',
  find: (scene) => {
    const open = answered(scene).filter((mount) => {
      const name = nameOfInterpreter(scene, mount);
      const isCanonical = decided(scene, mount, 'canonicalName')?.value ?? false;
      return !isCanonical && (name === '%{RESOURCE}' || name === '%{SERVER}');
    });
    const [first] = open;
    if (!first) return [];
    return [
      {
        at: placeOfInterpreter(scene, first),
        severity: 'info',
        message: `a client can make interpreters for ${listed(open.map((mount) => mount.url))} by sending Host headers with other ports: the port is part of the name ${interpreterWords(first.applicationGroup)}`,
        fix: 'write UseCanonicalName On, or application-group=%{GLOBAL} where one application has a process group to itself',
      },
    ];
  },
};

export const mainInterpreterCrowded: Hazard = {
  code: 'HAZ024',
  title: '%{GLOBAL} beside a named application group in one process',
  explanation:
    "On CPython 3.11 a thread whose first Python work was for a named interpreter that already existed stays with it: a later request for %{GLOBAL} on that thread runs in the named interpreter, under the empty name. Globals are then those of the other application. Apache's prefork children, which have one thread, are not affected.",
  source: 'rule ISO-INTERP-06; probed with mod_wsgi 4.9.4 and 6.0.5 on CPython 3.11',
  find: (scene) =>
    [...grouped(answered(scene), (mount) => mount.processGroup).values()].flatMap((together): readonly Trap[] => {
      const main = together.find((mount) => mount.applicationGroup === '');
      const named = together.filter((mount) => mount.applicationGroup !== '');
      if (!main || named.length === 0) return [];
      if (main.processGroup === '' && scene.deployment.server.mpm === 'prefork') return [];
      return [
        {
          at: placeOfInterpreter(scene, main),
          severity: 'warning',
          message: `on CPython 3.11 requests for ${main.url}, which is in %{GLOBAL}, may run in the interpreter of ${listed(named.map((mount) => mount.url))}: both are in ${groupWords(main.processGroup)}`,
          fix: 'give %{GLOBAL} a process group to itself, or name every application group in this one',
        },
      ];
    }),
};

export const extensionsInSubInterpreter: Hazard = {
  code: 'HAZ025',
  title: 'C extensions in a sub-interpreter',
  explanation:
    'Extension modules that were written for one interpreter (numpy and what builds on it, lxml, psycopg2 in old releases, anything that uses PyGILState_Ensure) may deadlock, crash or mix up objects in a sub-interpreter, and from CPython 3.12 some refuse to be imported there. Only %{GLOBAL} is the main interpreter.',
  source: 'rule ISO-INTERP-09; mod_wsgi documentation, Application Issues, Python Simplified GIL State API',
  find: (scene) => {
    const sub = answered(scene).filter((mount) => mount.applicationGroup !== '');
    const [first] = sub;
    if (!first) return [];
    return [
      {
        at: scene.place(aliasSubject(scene, first.alias)),
        severity: 'info',
        message: `${listed(sub.map((mount) => mount.url))} ${sub.length === 1 ? 'runs in a sub-interpreter' : 'run in sub-interpreters'}: C extensions such as numpy may deadlock or fail there`,
        fix: 'where such modules are used, write application-group=%{GLOBAL} and give the application a process group to itself',
      },
    ];
  },
};

export const scriptLoadedTwice: Hazard = {
  code: 'HAZ026',
  title: 'One script on two mounts is loaded twice',
  explanation:
    'Under the default application group each mount point has an interpreter of its own. One script at two URLs is therefore two unrelated applications in the same process: two copies of everything, and no global in common.',
  source: 'rule ISO-INTERP-03; mod_wsgi 4.9.4, wsgi_application_group',
  find: (scene) =>
    [...grouped(answered(scene), (mount) => JSON.stringify([mount.script, mount.processGroup])).values()].flatMap(
      (same): readonly Trap[] => {
        const urls = [...new Set(same.map((mount) => mount.url))];
        const [first] = same;
        const atOneAddress = same.filter((mount) => mount.host === first?.host && mount.port === first.port);
        const copies = new Set(atOneAddress.map((mount) => mount.applicationGroup)).size;
        const second = atOneAddress.find((mount) => mount.applicationGroup !== first?.applicationGroup);
        if (!second || urls.length < 2) return [];
        return [
          {
            at: scene.place(aliasSubject(scene, second.alias)),
            severity: 'warning',
            message: `${second.script} is mounted at ${listed(urls)} and loaded ${copies} times in every ${processWords(second.processGroup)}: what one copy keeps in globals the others do not see`,
            fix: 'give both the same application group if they are one application',
          },
        ];
      },
    ),
};

export const interpreterSharedByCase: Hazard = {
  code: 'HAZ027',
  title: 'URLs that differ in letter case share an interpreter',
  explanation:
    'mod_wsgi writes the mount point in lower case into the default application group, while aliases distinguish letter case. Two mounts whose URLs differ in letter case only are two applications in one interpreter: they share imported modules.',
  source: 'mod_wsgi 4.9.4, wsgi_script_name',
  find: (scene) =>
    [
      ...grouped(answered(scene), (mount) =>
        JSON.stringify([mount.processGroup, mount.applicationGroup, mount.url.toLowerCase()]),
      ).values(),
    ].flatMap((same): readonly Trap[] => {
      const [first] = same;
      const other = same.find((mount) => mount.url !== first?.url);
      if (!first || !other || nameOfInterpreter(scene, other) !== '%{RESOURCE}') return [];
      return [
        {
          at: scene.place(aliasSubject(scene, other.alias)),
          severity: 'warning',
          message: `${first.url} and ${other.url} share the interpreter ${interpreterWords(other.applicationGroup)}, because its name is in lower case: they share every imported module`,
          fix: 'give each an application group of its own, or let the URLs differ in more than letter case',
        },
      ];
    }),
};

export const expansionTakenLiterally: Hazard = {
  code: 'HAZ028',
  title: 'Expansion taken literally',
  explanation:
    'mod_wsgi expands %{GLOBAL}, %{SERVER}, %{RESOURCE}, %{HOST} and %{ENV:name} when one of them is the whole value, in exactly these letters. Anything else, an unknown name and a variable without a value included, is the name itself.',
  source: 'rules CONF-EXPAND-01 and -02; mod_wsgi 4.9.4, wsgi_application_group',
  find: (scene) =>
    scene.mounts.flatMap((mount) =>
      (['processGroup', 'applicationGroup'] as const).flatMap((key): readonly Trap[] => {
        const decision = decided(scene, mount, key);
        if (!decision || decision.value !== mount[key] || !decision.value.includes('%{')) return [];
        const { value } = decision;
        const known = ['%{GLOBAL}', '%{SERVER}', '%{RESOURCE}', '%{HOST}'];
        const inside = known.find((name) => value.toUpperCase().includes(name));
        return [
          {
            at: scene.place(decision.subject, aliasSubject(scene, mount.alias)),
            severity: 'warning',
            message: value.startsWith('%{ENV:')
              ? `'${value}' stays the name of the group as it is written: nothing known here sets the variable`
              : `'${value}' is taken as it is written, as a name: an expansion must be the whole value and in these very letters`,
            fix: value.startsWith('%{ENV:')
              ? 'set it with SetEnv in the same section, or write the name itself'
              : `write ${inside ?? listed(known)} alone, or a plain name`,
          },
        ];
      }),
    ),
};

export const serverNameMissing: Hazard = {
  code: 'HAZ029',
  title: 'No ServerName',
  explanation:
    'Without ServerName Apache asks the machine for its name, and that name goes into the default application group. The names of interpreters then differ from machine to machine.',
  source: 'httpd, server/core.c; rule ISO-INTERP-02',
  find: (scene) => {
    if (scene.deployment.hosts[0].serverName !== null) return [];
    const nameless = answered(scene).filter((mount) => {
      const name = nameOfInterpreter(scene, mount);
      const host = scene.deployment.hosts[mount.hostIndex];
      return host?.serverName === null && (name === '%{RESOURCE}' || name === '%{SERVER}');
    });
    const [first] = nameless;
    if (!first) return [];
    return [
      {
        at: scene.place(aliasSubject(scene, first.alias)),
        severity: 'info',
        message: `the interpreter of ${first.url} is named after the machine, because there is no ServerName: ${interpreterWords(first.applicationGroup)} here, something else elsewhere`,
        fix: 'write ServerName',
      },
    ];
  },
};

const placeOfInterpreter = (scene: Scene, mount: SceneMount): Trap['at'] =>
  scene.place(decided(scene, mount, 'applicationGroup')?.subject ?? null, aliasSubject(scene, mount.alias));

/** The application group as the configuration names it. Source: rule ISO-INTERP-01. */
const nameOfInterpreter = (scene: Scene, mount: SceneMount): string =>
  decided(scene, mount, 'applicationGroup')?.value ?? '%{RESOURCE}';
