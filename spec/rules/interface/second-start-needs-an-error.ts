import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, isRefused, performanceKinds, shownBy, triedBy } from './performances.ts';

export const secondStartNeedsAnError: Rule = {
  id: 'PEP-START-02',
  level: 'must',
  area: 'interface',
  says: 'A second call of start_response without exc_info is a fatal error.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, The start_response() Callable, on calling it more than once'],
  why: 'Two layers that both believe to answer are a bug; a server that takes the last word hides it, and sends whichever headers it likes.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'starts-twice').filter((one) => triedBy(one, 'start_response')?.kind === 'returned'),
      'no application called start_response twice',
      (one) =>
        triedBy(one, 'start_response again')?.kind === 'raised' || isRefused(one.received.received)
          ? null
          : { says: `the second start_response of ${one.request} is taken: ${answerOf(one)}`, seqs: shownBy(one) },
    ),
};
