import { headerOf } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const headersAreCheckedAtStart: Rule = {
  id: 'PEP-HDR-01',
  level: 'should',
  area: 'interface',
  says: 'start_response refuses a header with control characters, or with characters beyond ISO-8859-1.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, The start_response() Callable, on the form of status and headers', 'PEP 3333, Unicode Issues'],
  why: 'A line end in a value that came from a client lets that client write headers and a body of its own.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'has-a-line-end-in-a-header', 'has-a-header-beyond-latin-1').filter(
        (one) => triedBy(one, 'start_response') !== undefined,
      ),
      'no application gave a header a value that it must not have',
      (one) => {
        if (triedBy(one, 'start_response')?.kind === 'raised') return null;
        const what = one.program === 'has-a-line-end-in-a-header' ? 'a line end' : 'a character beyond ISO-8859-1';
        const isInjected = headerOf(one.received.received.headers, 'x-wsgiscope-injected') !== undefined;
        const injected = isInjected ? ', with the header that stood behind the line end' : '';
        return {
          says: `start_response of ${one.request} takes a header value with ${what}, and ${answerOf(one)}${injected}`,
          seqs: shownBy(one),
        };
      },
    ),
};
