import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy } from './performances.ts';

export const textIsNotSent: Rule = {
  id: 'PEP-BODY-04',
  level: 'must',
  area: 'interface',
  says: 'A body block that is text and not bytes is not sent.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Unicode Issues, on bytestrings'],
  why: 'A server that encodes text by itself chooses the encoding, and the application works only there.',
  judge: ({ trace }) =>
    judgeEach(finished(trace, 'yields-text'), 'no application yielded text', (one) =>
      one.received.received.body === 'text'
        ? { says: `${one.request} yields a str, and ${answerOf(one)}: the text`, seqs: shownBy(one) }
        : null,
    ),
};
