import { judgeEach, type Rule } from '../rule.ts';
import { describedEnvirons, performanceKinds, shownBy } from './performances.ts';

export const variablesAreNativeStrings: Rule = {
  id: 'PEP-ENV-02',
  level: 'must',
  area: 'interface',
  says: 'Every variable of CGI in environ is a str whose characters all fit ISO-8859-1.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, environ Variables, the note on missing variables', 'PEP 3333, Unicode Issues'],
  why: 'Frameworks encode these strings as Latin-1 to get at the bytes that the client sent; anything else raises there, or silently changes a path.',
  judge: ({ trace }) =>
    judgeEach(
      describedEnvirons(trace).flatMap(({ one, environ }) =>
        Object.entries(environ.variables).map(([name, variable]) => ({ one, name, variable })),
      ),
      'no application told what its environ has',
      ({ one, name, variable: { type, fitsLatin1 } }) => {
        if (type === 'str' && fitsLatin1) return null;
        const what = type === 'str' ? 'has characters beyond ISO-8859-1' : `is of type ${type}`;
        return { says: `${name} in the environ of ${one.request} ${what}`, seqs: shownBy(one) };
      },
    ),
};
