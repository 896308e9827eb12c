import { judgeEach, type Rule } from '../rule.ts';
import { errorOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const lateReplacementRaisesWhatItIsGiven: Rule = {
  id: 'PEP-START-06',
  level: 'should',
  area: 'interface',
  says: 'Where the headers are out, start_response raises the very exception that exc_info holds.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, The start_response() Callable, on exc_info'],
  why: 'The log then tells of the error that happened, and not of the headers that were too late.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'changes-its-mind-after-output').flatMap((one) => {
        const again = triedBy(one, 'start_response again');
        return again?.kind === 'raised' ? [{ one, again }] : [];
      }),
      'no application was refused the replacement of its headers',
      ({ one, again }) =>
        again.isGiven
          ? null
          : {
              says: `start_response of ${one.request} raises ${errorOf(again)} in the place of what it is given`,
              seqs: shownBy(one),
            },
    ),
};
