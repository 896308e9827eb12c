import { judgeEach, type Rule } from '../rule.ts';
import { describedEnvirons, performanceKinds, shownBy } from './performances.ts';

export const requiredVariablesAreThere: Rule = {
  id: 'PEP-ENV-01',
  level: 'must',
  area: 'interface',
  says: 'REQUEST_METHOD, SERVER_NAME, SERVER_PORT and SERVER_PROTOCOL are in environ and not empty.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, environ Variables, the CGI variables that are required'],
  why: 'Every framework builds its absolute URLs, its redirects and its routing from these four, and none checks for them.',
  judge: ({ trace }) =>
    judgeEach(
      describedEnvirons(trace),
      'no application told what its environ has',
      ({ one, environ: { variables } }) => {
        const missing = required.filter((name) => variables[name] === undefined || variables[name].isEmpty);
        if (missing.length === 0) return null;
        return { says: `${one.request} finds no ${missing.join(', no ')} in its environ`, seqs: shownBy(one) };
      },
    ),
};

const required = ['REQUEST_METHOD', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL'];
