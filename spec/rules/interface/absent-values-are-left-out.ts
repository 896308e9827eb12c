import { judgeEach, type Rule } from '../rule.ts';
import { describedEnvirons, performanceKinds, shownBy } from './performances.ts';

export const absentValuesAreLeftOut: Rule = {
  id: 'PEP-ENV-04',
  level: 'should',
  area: 'interface',
  says: 'A variable that has no value for a request, as REMOTE_USER has none where nobody is known, is left out of environ.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, environ Variables, the note on missing variables'],
  why: 'Applications ask whether REMOTE_USER is there; an empty one is a user without a name.',
  judge: ({ trace }) =>
    judgeEach(
      describedEnvirons(trace),
      'no application told what its environ has',
      ({ one, environ: { variables } }) => {
        const empty = optional.filter((name) => variables[name]?.isEmpty || variables[name]?.type === 'NoneType');
        if (empty.length === 0) return null;
        return { says: `${empty.join(', ')} in the environ of ${one.request} has no value`, seqs: shownBy(one) };
      },
    ),
};

/** Those that PEP 3333 does not allow to be empty, and that most requests have no value for. */
const optional = ['AUTH_TYPE', 'PATH_TRANSLATED', 'REMOTE_HOST', 'REMOTE_IDENT', 'REMOTE_USER'];
