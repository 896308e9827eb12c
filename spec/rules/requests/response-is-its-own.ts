import { requestHistories, seqsOf } from '../histories.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue has no such sentence: PEP 3333 takes it for granted. */
export const responseIsItsOwn: Rule = {
  id: 'REQ-OWN-01',
  level: 'must',
  area: 'requests',
  says: 'The client of a request gets what the application returned for it, and not what it returned for another.',
  appliesTo: ['any-wsgi-server'],
  needs: ['request.sent', 'request.finished'],
  source: [
    'PEP 3333, Specification Details: the server transmits the yielded bytestrings to the client of the request',
    'RFC 9112, 9.2, Associating a Response to a Request',
  ],
  why: 'One user sees the page of another.',
  judge: ({ trace }) =>
    judgeEach(
      requestHistories(trace).flatMap((request) => {
        const { outcome } = request;
        return outcome?.kind === 'request.finished' && outcome.answers !== undefined
          ? [{ request, answers: outcome.answers }]
          : [];
      }),
      'no application answered',
      ({ request, answers }) =>
        answers === request.id
          ? null
          : { says: `the client of ${request.id} got the response to ${answers}`, seqs: seqsOf(request) },
    ),
};
