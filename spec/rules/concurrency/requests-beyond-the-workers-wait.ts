import { routeOf } from '../configured.ts';
import { isCalm } from '../endings.ts';
import { entriesOf, outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { heldOf, insideAt, unfinishedAt } from '../overlaps.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';
import { workersOf } from './workers.ts';

export const requestsBeyondTheWorkersWait: ApacheRule = {
  id: 'MPM-LIMIT-02',
  level: 'must',
  area: 'concurrency',
  says: 'With all workers busy further connections wait in a queue bounded by ListenBacklog; they are not rejected.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent', 'request.released', 'request.finished'],
  source: ['httpd 2.4 manual, mpm_common, MaxRequestWorkers and ListenBackLog'],
  why: 'A full server looks slow, not broken: users wait instead of seeing an error.',
  judge: (run) => {
    const { children } = run.deployment;
    const workers = workersOf(children);
    const held = heldOf(entriesOf(run.trace));
    const requests = requestHistories(run.trace);
    return judgeEach(
      requests.filter(
        (request) =>
          request.outcome !== null &&
          request.sent.behave === undefined &&
          routeOf(run, request).kind === 'application' &&
          insideAt(held, request.sent.seq).length >= workers &&
          unfinishedAt(requests, request.sent.seq).length <= workers + children.listenBacklog &&
          isCalm(run.trace, request.sent.seq, request.outcome.seq),
      ),
      'no request came while every worker was busy',
      (request) =>
        succeeded(request)
          ? null
          : {
              says: `${request.id} came when all ${workers} workers were busy and ${outcomeOf(request)}`,
              seqs: seqsOf(request),
            },
    );
  },
};
