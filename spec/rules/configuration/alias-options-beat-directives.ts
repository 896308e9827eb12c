import { byDirectives, groupSettings, literalGroup, mounted } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/** The two options that show in a trace; callable-object and pass-authorization do not. */
export const aliasOptionsBeatDirectives: ApacheRule = {
  id: 'CONF-ALIAS-01',
  level: 'must',
  area: 'configuration',
  says: 'process-group and application-group written on WSGIScriptAlias override the corresponding directives.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_intercept', 'mod_wsgi manual, WSGIScriptAlias'],
  why: 'An option on the alias silences every section below it, also one added later.',
  judge: (run) =>
    judgeEach(
      mounted(run, entriesOf(run.trace)).flatMap((entry) =>
        groupSettings.flatMap((setting) => {
          const option = entry.mount.alias.settings[setting];
          const directive = byDirectives(run, entry, setting);
          const group = option === undefined ? null : literalGroup(option);
          return group === null || directive === undefined || directive === option ? [] : [{ entry, setting, group }];
        }),
      ),
      'no application was entered whose alias contradicts a directive',
      ({ entry, setting, group }) =>
        entry.seen[setting] === group
          ? null
          : {
              says: `${entry.request.id} ran in ${setting} ${JSON.stringify(entry.seen[setting])}, its alias says ${JSON.stringify(group)}`,
              seqs: [entry.seq],
            },
    ),
};
