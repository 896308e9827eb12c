import type { EventOf, Trace } from '../../trace.ts';
import { judgeEach, type Rule } from '../rule.ts';
import { answerOf, finished, performanceKinds, shownBy } from './performances.ts';

export const applicationErrorsBecome500: Rule = {
  id: 'PEP-ERR-01',
  level: 'should',
  area: 'interface',
  says: 'An exception that leaves an application is answered with a server error where nothing was sent, and does not end the server.',
  appliesTo: ['any-wsgi-server'],
  needs: performanceKinds,
  source: ['PEP 3333, Error Handling, on exceptions that abort an application'],
  why: 'One bad page must not take the others with it, and whoever watches the statuses must see it.',
  judge: ({ trace }) =>
    judgeEach(
      finished(trace, 'raises-before-starting', 'raises-before-its-first-block', 'raises-after-its-first-block').map(
        (one) => ({ one, next: nextAfter(trace, one.received.seq) }),
      ),
      'no application raised',
      ({ one, next }) => {
        const { status } = one.received.received;
        const isSent = one.program === 'raises-after-its-first-block';
        if (!isSent && (status === null || status < 500))
          return { says: `${one.request} raises before anything is sent, and ${answerOf(one)}`, seqs: shownBy(one) };
        if (next?.kind !== 'request.failed') return null;
        return {
          says: `after ${one.request} raised, the next request gets no answer: ${next.reason}`,
          seqs: [...shownBy(one), next.seq],
        };
      },
    ),
};

/** What became of the request that was sent next. */
function nextAfter(trace: Trace, seq: number): EventOf<'request.finished'> | EventOf<'request.failed'> | undefined {
  const next = trace.find((event) => event.kind === 'request.sent' && event.seq > seq);
  if (next?.kind !== 'request.sent') return undefined;
  return trace.find(
    (event): event is EventOf<'request.finished'> | EventOf<'request.failed'> =>
      (event.kind === 'request.finished' || event.kind === 'request.failed') && event.request === next.request,
  );
}
