import { judgeEach, type Rule } from '../rule.ts';
import { describedEnvirons, errorOf, performanceKinds, shownBy, triedBy } from './performances.ts';

export const environIsABuiltinDictionary: Rule = {
  id: 'PEP-CALL-01',
  level: 'must',
  area: 'interface',
  says: 'The application is called with an environ that is a builtin dictionary, no subclass of it, and that it may modify.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Specification Details, the paragraph on environ'],
  why: 'Middleware copies, changes and passes on environ; a dictionary that only looks like one breaks it in ways that no test of the application shows.',
  judge: ({ trace }) =>
    judgeEach(describedEnvirons(trace), 'no application told what its environ is', ({ one, environ }) => {
      const change = triedBy(one, 'environ[key] = value');
      if (environ.type !== 'dict')
        return { says: `environ of ${one.request} is of type ${environ.type}`, seqs: shownBy(one) };
      if (change?.kind !== 'raised') return null;
      return { says: `environ of ${one.request} cannot be changed: ${errorOf(change)}`, seqs: shownBy(one) };
    }),
};
