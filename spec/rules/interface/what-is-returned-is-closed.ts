import { programs } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { performanceKinds, performances, shownBy } from './performances.ts';

export const whatIsReturnedIsClosed: Rule = {
  id: 'PEP-CLOSE-01',
  level: 'must',
  area: 'interface',
  says: 'close() of what an application returns is called when the request ends, be it by its end, by an error while iterating, or because the client is gone.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Specification Details, on the close() method'],
  why: 'Connections to databases, locks and temporary files are given back there; what is not closed after an error runs out under load.',
  judge: ({ trace }) =>
    judgeEach(
      performances(trace).filter(
        (one) =>
          one.received !== null && one.told.some(({ told }) => told.what === 'returning' && told.of === 'iterable'),
      ),
      'no application returned anything that has to be closed',
      (one) =>
        one.told.some(({ told }) => told.what === 'closed' && told.of === 'iterable')
          ? null
          : {
              says: `what ${one.request} returned is never closed: the application ${programs[one.program].does}`,
              seqs: shownBy(one),
            },
    ),
};
