import { isExpansion, mounted, written } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

export const expansionIsTheWholeValue: ApacheRule = {
  id: 'CONF-EXPAND-01',
  level: 'must',
  area: 'configuration',
  says: 'An expansion is recognised only as a whole value; a value such as x%{ENV:G} and an unknown name such as %{NOPE} are used literally.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_application_group'],
  why: 'A misspelt %{GLOBL} makes a sub-interpreter of that name, and nothing complains.',
  judge: (run) =>
    judgeEach(
      mounted(run, entriesOf(run.trace)).flatMap((entry) => {
        const value = written(run, entry, 'applicationGroup');
        return value?.includes('%') && !isExpansion(value) ? [{ entry, value }] : [];
      }),
      'no application was entered whose group has a % in it that is no expansion',
      ({ entry: { request, seen, seq }, value }) =>
        seen.applicationGroup === value
          ? null
          : { says: `${request.id} ran in application group "${seen.applicationGroup}", not "${value}"`, seqs: [seq] },
    ),
};
