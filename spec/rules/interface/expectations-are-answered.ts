import { judgeEach, type Rule } from '../rule.ts';
import { finished, performanceKinds, shownBy } from './performances.ts';

export const expectationsAreAnswered: Rule = {
  id: 'PEP-EXPECT-02',
  level: 'should',
  area: 'interface',
  says: 'A server of HTTP/1.1 answers Expect: 100-continue with 100, at once or when the application first reads.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, HTTP 1.1 Expect/Continue, the third way, which is not recommended'],
  why: 'Each upload takes as long as its client is patient; curl waits a second.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'reads-after-continue').filter(({ received }) =>
        received.received.statusLine?.startsWith('HTTP/1.1'),
      ),
      'no client of a server of HTTP/1.1 waited to be told 100',
      (one) =>
        one.received.received.continued === true
          ? null
          : {
              says: `the client of ${one.request} was never told 100, and sent the body when it had waited long enough`,
              seqs: shownBy(one),
            },
    ),
};
