import { headerOf } from '../../programs.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy, triedBy } from './performances.ts';

export const errorReplacesTheHeaders: Rule = {
  id: 'PEP-START-05',
  level: 'should',
  area: 'interface',
  says: 'start_response with exc_info replaces status and headers where they are not out.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, The start_response() Callable, on exc_info'],
  why: 'Otherwise the error page goes out under the status and with the cookies of the page that failed.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'changes-its-mind-before-output').filter(
        (one) => triedBy(one, 'start_response again')?.kind === 'returned',
      ),
      'no application replaced its headers',
      (one) => {
        const { status, headers, body } = one.received.received;
        const [first, second] = ['x-wsgiscope-first', 'x-wsgiscope-second'].map((name) => headerOf(headers, name));
        if (status === 503 && first === undefined && second !== undefined && body === 'replaced') return null;
        const kept = first === undefined ? '' : ', with a header that had been replaced';
        return { says: `${one.request} changed its mind to 503, and ${answerOf(one)}${kept}`, seqs: shownBy(one) };
      },
    ),
};
