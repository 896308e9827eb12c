import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, errorOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const headersWaitForTheFirstBlock: Rule = {
  id: 'PEP-START-01',
  level: 'must',
  area: 'interface',
  says: 'start_response returns a callable write and keeps the headers until the first block that is not empty, the first write, or the end of the body.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: [
    'PEP 3333, The start_response() Callable',
    'PEP 3333, Handling the Content-Length Header and Buffering and Streaming',
  ],
  why: 'Up to its first byte an application can still change its mind and tell of an error; headers that left early make that a 200.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'describes-environ', 'changes-its-mind-before-output').flatMap((one) => {
        const [write, again] = [triedBy(one, 'start_response'), triedBy(one, 'start_response again')];
        return write?.kind === 'returned' ? [{ one, write, again }] : [];
      }),
      'no application called start_response and saw what that returned',
      ({ one, write, again }) => {
        if (!write.is.callable)
          return {
            says: `start_response of ${one.request} returns ${write.type}, which cannot be called`,
            seqs: shownBy(one),
          };
        if (again?.kind !== 'raised') return null;
        return {
          says: `after an empty block of ${one.request} the headers are out and cannot be replaced (${errorOf(again)}): ${answerOf(one)}`,
          seqs: shownBy(one),
        };
      },
    ),
};
