import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const writtenBlocksComeFirst: Rule = {
  id: 'PEP-BODY-02',
  level: 'must',
  area: 'interface',
  says: 'What an application passes to write() is sent as if it had been yielded, and before all that it yields.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, The write() Callable'],
  why: 'Older frameworks write the beginning of a page and return its end.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'writes-then-yields').filter((one) => triedBy(one, 'start_response')?.kind === 'returned'),
      'no application wrote a block',
      (one) => {
        const { status, body, end } = one.received.received;
        if (status === 200 && body === 'written;yielded' && end === 'complete') return null;
        return {
          says: `${one.request} writes 'written;' and yields 'yielded', and the body is ${JSON.stringify(body)}: ${answerOf(one)}`,
          seqs: shownBy(one),
        };
      },
    ),
};
