import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, type Finished, finished, isRefused, performanceKinds, shownBy } from './performances.ts';

export const contentLengthBoundsTheBody: Rule = {
  id: 'PEP-BODY-03',
  level: 'should',
  area: 'interface',
  says: 'Not more bytes are sent than Content-Length says, and where there are fewer the connection is closed.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Handling the Content-Length Header'],
  why: 'On a connection that goes on, a byte too many begins the next response, and a byte too few keeps the client waiting for it.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'yields-too-much', 'yields-too-little'),
      'no application yielded more or less than its Content-Length',
      (one) => {
        const what = one.program === 'yields-too-much' ? 'more' : 'less';
        if (what === 'more' ? isBounded(one) : isCut(one)) return null;
        return {
          says: `${one.request} yields ${what} than its Content-Length, and ${answerOf(one)}`,
          seqs: shownBy(one),
        };
      },
    ),
};

/** Of the nine bytes three are sent, or an error. */
const isBounded = ({ received: { received } }: Finished): boolean =>
  received.beyond === 0 && (isRefused(received) || received.bodyLength <= 3);

/** The connection is closed behind what there was, or an error was answered. */
const isCut = ({ received: { received } }: Finished): boolean => isRefused(received) && received.end !== 'silence';
