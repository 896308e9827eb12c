import { isUndisturbed } from '../calm.ts';
import { entriesOf, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { hostingOf } from '../hosting.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue has no such sentence: PEP 3333 takes it for granted. */
export const whatIsInsideIsAnswered: Rule = {
  id: 'REQ-HELD-01',
  level: 'must',
  area: 'requests',
  says: 'A request that is inside an application is answered when the application returns, unless its process was ended or its time was up.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed'],
  source: ['PEP 3333, Specification Details: the server iterates over what the application returned and transmits it'],
  why: 'A slow page is only slow; its user does not have to try again.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      entriesOf(trace).flatMap((entry) => {
        const { sent, released, outcome } = entry.request;
        const hosting = hostingOf(deployment, entry.seen.processGroup);
        return released !== null &&
          outcome !== null &&
          hosting !== null &&
          entry.seq < released.seq &&
          released.seq < outcome.seq &&
          outcome.at - sent.at < hosting.patience &&
          isUndisturbed(trace, entry.seq, outcome.seq)
          ? [entry]
          : [];
      }),
      'no request was held in a process that nobody ended',
      ({ request, seen }) =>
        succeeded(request)
          ? null
          : {
              says: `${request.id} was inside process ${seen.pid}, which nobody ended, and ${outcomeOf(request)}`,
              seqs: seqsOf(request),
            },
    ),
};
