/** Traps in the sections that choose a process group. */
import type { Host, Section, Settings } from '../../../spec/deployments/apache.ts';
import { grouped } from './grouped.ts';
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject, decided, type Scene } from './scene.ts';
import { elsewhere, listed } from './wording.ts';

export const sectionRepeated: Hazard = {
  code: 'HAZ002',
  title: 'Two sections with one path',
  explanation:
    'Sections of one kind and one path are merged in the order written, and the last one wins. Of two that set the same thing the earlier one has no effect at all. It is nearly always a copy in which the path was not changed, and the path that was meant has no section.',
  source: 'rule CONF-LOCATION-02; httpd, ap_location_walk and ap_directory_walk; the article "mod_wsgi 的两种模式"',
  find: (scene) =>
    scene.deployment.hosts.flatMap((host, index) =>
      [...grouped([...host.sections.entries()], ([, section]) => identityOf(section)).values()].flatMap((same) =>
        same.slice(1).flatMap(([later, section], rank): readonly Trap[] => {
          const earlier = same.slice(0, rank + 1).findLast(([, other]) => overridden(other, section).length > 0);
          if (!earlier) return [];
          const at = scene.place({ kind: 'section', host: index, index: later });
          const before = scene.place({ kind: 'section', host: index, index: earlier[0] });
          const lost = overridden(earlier[1], section);
          const meant = unsectioned(scene, host, index);
          return [
            {
              at,
              severity: 'warning',
              message: `${tag(section)} stands here a second time: ${listed(lost.map(({ directive, value, by }) => `its ${directive} ${by} replaces the ${value}`))} of ${elsewhere(at, before)}, which has no effect`,
              fix:
                meant.length > 0
                  ? `write the path that was meant: ${listed(meant)} ${meant.length === 1 ? 'has' : 'have'} no section`
                  : 'merge the two',
            },
          ];
        }),
      ),
    ),
};

export const silentlyEmbedded: Hazard = {
  code: 'HAZ003',
  title: 'Embedded although daemon process groups are declared',
  explanation:
    'WSGIDaemonProcess only declares a group. A request goes there when WSGIProcessGroup or process-group= selects it, at the place where the request is; nothing else does. Without it the script runs in the Apache children, next to static files and other modules.',
  source:
    'rule CONF-PG-01; mod_wsgi 4.9.4, wsgi_process_group; the articles "mod_wsgi 的两种模式" and "Apache重新加载WSGI应用"',
  find: (scene) =>
    scene.mounts
      .filter((mount) => mount.processGroup === '' && mount.answer.kind !== 'refused')
      .filter((mount) => decided(scene, mount, 'processGroup') === null)
      .flatMap((mount): readonly Trap[] => {
        const groups = scene.deployment.daemons.filter((group) => group.host === 0 || group.host === mount.hostIndex);
        const [first] = groups;
        if (!first) return [];
        return [
          {
            at: scene.place(aliasSubject(scene, mount.alias)),
            severity: 'warning',
            message: `${mount.url} runs embedded in the Apache children: nothing selects a process group for it, although ${listed(groups.map((group) => `'${group.name}'`))} ${groups.length === 1 ? 'is' : 'are'} declared`,
            fix: `add process-group=${first.name} to the WSGIScriptAlias, or process-group=%{GLOBAL} if embedded mode is meant`,
          },
        ];
      }),
};

const identityOf = ({ kind, match, pattern, within }: Section): string =>
  JSON.stringify([kind, match, kind === 'directory' ? pattern.replace(/(.)\/+$/, '$1') : pattern, within]);

const comparable = {
  processGroup: 'WSGIProcessGroup',
  applicationGroup: 'WSGIApplicationGroup',
  callableObject: 'WSGICallableObject',
} as const satisfies Partial<Record<keyof Settings, string>>;

/** What an earlier section sets and a later one sets otherwise. */
function overridden(earlier: Section, later: Section): readonly { directive: string; value: string; by: string }[] {
  return (Object.keys(comparable) as (keyof typeof comparable)[]).flatMap((key) => {
    const value = earlier.settings[key];
    const by = later.settings[key];
    if (value === undefined || by === undefined || value === by) return [];
    return [{ directive: comparable[key], value: written(value), by: written(by) }];
  });
}

const written = (value: string): string => (value === '' ? '%{GLOBAL}' : value);

const tag = ({ kind, match, pattern }: Section): string => {
  const name = { directory: 'Directory', files: 'Files', location: 'Location' }[kind];
  return `<${name}${match === 'regex' ? 'Match' : ''} "${pattern}">`;
};

/** URLs of the host that no section names and for which nothing selects a process group. */
const unsectioned = (scene: Scene, host: Host, index: number): readonly string[] =>
  scene.mounts
    .filter((mount) => mount.hostIndex === index && mount.mode === 'embedded' && mount.answer.kind === 'application')
    .filter((mount) => decided(scene, mount, 'processGroup') === null)
    .map((mount) => mount.url)
    .filter((url) => !host.sections.some((section) => section.kind === 'location' && section.pattern === url));
