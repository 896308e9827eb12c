import { entriesOf, groupedBy, requestHistories, seqsOf } from '../histories.ts';
import { judgeEach, type Objection, type Rule } from '../rule.ts';

/**
 * The catalogue has no such sentence: it follows from PEP 3333 and HTTP together. A second execution is seen when the
 * probe reports twice, or when it counts more entries than there were requests.
 */
export const executedAtMostOnce: Rule = {
  id: 'REQ-ONCE-01',
  level: 'must',
  area: 'requests',
  says: 'A request is given to the application at most once, whatever becomes of the process that runs it.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent'],
  source: [
    'PEP 3333, The Server/Gateway Side: the server invokes the application callable once for each request it receives from an HTTP client',
    'RFC 9110, 9.2.2, Idempotent Methods: a request that may have been executed is not sent again by itself',
  ],
  why: 'An order that is executed twice is paid for twice.',
  judge: ({ trace }) => {
    const requests = requestHistories(trace).filter(({ observed }) => observed.length > 0);
    const unseen = requestHistories(trace).length - requests.length;
    const globals = [...groupedBy(entriesOf(trace), ({ seen }) => seen.scriptGlobals).values()];
    return judgeEach<() => Objection | null>(
      [
        ...requests.map((request) => () => {
          const [first, second] = request.observed;
          return first && second
            ? {
                says: `${request.id} was executed by process ${first.seen.pid} and again by process ${second.seen.pid}`,
                seqs: seqsOf(request),
              }
            : null;
        }),
        ...globals.map((entries) => () => {
          const last = entries.reduce((a, b) => (b.seen.scriptCount > a.seen.scriptCount ? b : a));
          return last.seen.scriptCount > entries.length + unseen
            ? {
                says: `process ${last.seen.pid} had ${entries.length} requests, and its application was called ${last.seen.scriptCount} times`,
                seqs: [last.seq],
              }
            : null;
        }),
      ],
      'no request reached an application',
      (objection) => objection(),
    );
  },
};
