import { isUndisturbed } from '../calm.ts';
import { entriesOf, outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { hostingOf, placeOf } from '../hosting.ts';
import { heldOf, insideAt, unfinishedAt } from '../overlaps.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue says this of Apache alone (MPM-LIMIT-02). A SHOULD: nothing forbids a server to answer 503 at once. */
export const requestsBeyondTheThreadsWait: Rule = {
  id: 'REQ-WAIT-01',
  level: 'should',
  area: 'concurrency',
  says: 'A request that comes while every thread is busy waits in a queue, and is answered when its turn comes.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed'],
  source: [
    'listen(2), backlog: connections that nobody has accepted yet wait',
    'gunicorn manual, Settings, backlog: the number of clients that can be waiting to be served',
    'uWSGI manual, Options, listen: the socket listen queue size',
    'httpd 2.4 manual, mpm_common, ListenBackLog',
  ],
  why: 'A full server looks slow, not broken: users wait instead of seeing an error.',
  judge: (run) => {
    const { deployment, trace } = run;
    const requests = requestHistories(trace);
    const entries = entriesOf(trace);
    return judgeEach(
      requests.filter((request) => {
        const place = placeOf(run, request);
        const hosting = place === undefined ? null : hostingOf(deployment, place);
        if (hosting === null || request.outcome === null || request.sent.behave !== undefined) return false;
        const held = heldOf(entries.filter(({ seen }) => seen.processGroup === place));
        const { threads, processes, queue, patience } = hosting;
        return (
          insideAt(held, request.sent.seq).length >= threads * processes &&
          unfinishedAt(requests, request.sent.seq).length < threads * processes + queue &&
          request.outcome.at - request.sent.at < patience &&
          isUndisturbed(trace, request.sent.seq, request.outcome.seq)
        );
      }),
      'no request came while every thread was busy',
      (request) =>
        succeeded(request)
          ? null
          : { says: `${request.id} came when every thread was busy and ${outcomeOf(request)}`, seqs: seqsOf(request) },
    );
  },
};
