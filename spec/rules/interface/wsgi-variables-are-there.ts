import { judgeEach, type Rule } from '../rule.ts';
import { describedEnvirons, performanceKinds, shownBy } from './performances.ts';

export const wsgiVariablesAreThere: Rule = {
  id: 'PEP-ENV-03',
  level: 'must',
  area: 'interface',
  says: 'wsgi.version is (1, 0), and wsgi.url_scheme, input, errors, multithread, multiprocess and run_once are in environ.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, environ Variables, the WSGI-defined variables'],
  why: 'An application that has to ask whether its own interface is there has none.',
  judge: ({ trace }) =>
    judgeEach(
      describedEnvirons(trace),
      'no application told what its environ has',
      ({ one, environ: { wsgi, version } }) => {
        const missing = required.filter((name) => wsgi[name] === undefined);
        if (missing.length > 0)
          return { says: `${one.request} finds no ${missing.join(', no ')} in its environ`, seqs: shownBy(one) };
        const isText = wsgi['wsgi.url_scheme'] === 'str';
        if (version === '(1, 0)' && isText) return null;
        const what = isText ? `wsgi.version is ${version}` : `wsgi.url_scheme is of type ${wsgi['wsgi.url_scheme']}`;
        return { says: `in the environ of ${one.request} ${what}`, seqs: shownBy(one) };
      },
    ),
};

const required = ['url_scheme', 'input', 'errors', 'multithread', 'multiprocess', 'run_once'].map(
  (name) => `wsgi.${name}`,
);
