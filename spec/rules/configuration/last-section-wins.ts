import { groupSettings, insideSections, literalGroup, mounted, outsideSections } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';
import { choices } from './choices.ts';

export const lastSectionWins: ApacheRule = {
  id: 'CONF-LOCATION-02',
  level: 'must',
  area: 'configuration',
  says: 'When several sections cover a request the last one merged wins; a path that no section covers falls back to the enclosing level.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_merge_dir_config',
    'httpd 2.4, Configuration Sections, How the sections are merged',
  ],
  why: 'Two Location blocks with one path by mistake put one site into the wrong processes, and the other one silently into Apache.',
  judge: (run) =>
    judgeEach(
      [...contested(run), ...uncovered(run)],
      'no application was entered that several sections cover, or that sections cover elsewhere only',
      ({ entry, setting, group }) =>
        entry.seen[setting] === group
          ? null
          : {
              says: `${entry.request.id} ran in ${setting} ${JSON.stringify(entry.seen[setting])} instead of ${JSON.stringify(group)}`,
              seqs: [entry.seq],
            },
    ),
};

const contested = (run: ApacheRun) =>
  choices(run).flatMap(({ entry, setting, expected }) =>
    new Set(insideSections(run, entry, setting)).size > 1 ? [{ entry, setting, group: expected.group }] : [],
  );

const uncovered = (run: ApacheRun) =>
  mounted(run, entriesOf(run.trace)).flatMap((entry) =>
    groupSettings.flatMap((setting) => {
      const sections = run.deployment.hosts.flatMap((host) => host.sections);
      if (sections.every(({ settings }) => settings[setting] === undefined)) return [];
      if (entry.mount.alias.settings[setting] !== undefined || insideSections(run, entry, setting).length > 0)
        return [];
      const outside = outsideSections(run, entry, setting);
      // Nothing written is embedded mode; for the application group it is the default that ISO-INTERP-02 judges.
      if (outside === undefined) return setting === 'processGroup' ? [{ entry, setting, group: '' }] : [];
      const group = literalGroup(outside);
      return group === null ? [] : [{ entry, setting, group }];
    }),
  );
