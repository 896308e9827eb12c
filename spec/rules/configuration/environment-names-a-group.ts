import { groupSettings, isExpansion, mounted, variable, written } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/** Judged for variables that the configuration sets; what the server's own environment holds is not in a run. */
export const environmentNamesAGroup: ApacheRule = {
  id: 'CONF-EXPAND-02',
  level: 'must',
  area: 'configuration',
  says: '%{ENV:name} takes the value of that variable; a result that starts with % is expanded again unless it is another %{ENV:}.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_process_group and wsgi_application_group'],
  why: 'SetEnv in a section can then choose where a request runs.',
  judge: (run) =>
    judgeEach(
      mounted(run, entriesOf(run.trace)).flatMap((entry) =>
        groupSettings.flatMap((setting) => {
          const name = /^%\{ENV:(.+)\}$/.exec(written(run, entry, setting) ?? '')?.[1];
          const value = name === undefined ? undefined : variable(run, entry, name);
          if (value === undefined) return [];
          const again = isExpansion(value) && !value.startsWith('%{ENV:');
          if (!again) return [{ entry, setting, expected: value }];
          return value === '%{GLOBAL}' ? [{ entry, setting, expected: '' }] : [];
        }),
      ),
      'no application was entered whose group comes from a variable of the configuration',
      ({ entry, setting, expected }) =>
        entry.seen[setting] === expected
          ? null
          : {
              says: `${entry.request.id} ran in ${setting} ${JSON.stringify(entry.seen[setting])}, the variable says "${expected}"`,
              seqs: [entry.seq],
            },
    ),
};
