import { isUndisturbed } from '../calm.ts';
import { entriesOf, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type GunicornRule, judgeEach } from '../rule.ts';
import { insideFor } from './inside-for.ts';

/** The arbiter looks once a second. In ms. */
const lateness = 1500;

export const gunicornTimeoutSparesThreads: GunicornRule = {
  id: 'LIFE-GUNI-03',
  level: 'must',
  area: 'deadlines',
  says: 'timeout does not limit how long a gthread or gevent worker runs a request: its heart beats in its main loop.',
  appliesTo: ['gunicorn-gthread', 'gunicorn-gevent'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed'],
  source: [
    'gunicorn 20.1, workers/gthread.py and ggevent.py, run: self.notify()',
    'gunicorn manual, Settings, timeout: for the non sync workers it just means that the worker process is still communicating',
  ],
  why: 'After a change of the worker class a request that hangs is never ended by the server.',
  judge: ({ deployment: { timeout, maxRequests }, trace }) =>
    judgeEach(
      timeout === 0 || maxRequests > 0
        ? []
        : entriesOf(trace).filter((entry) => {
            const { sent, outcome } = entry.request;
            if (outcome === null || sent.behave !== undefined || !isUndisturbed(trace, entry.seq, outcome.seq))
              return false;
            return insideFor(entry) > timeout + lateness || !succeeded(entry.request);
          }),
      'no request was inside a worker, which nothing else ends, for longer than timeout',
      ({ request, seen }) =>
        succeeded(request)
          ? null
          : { says: `${request.id} was inside worker ${seen.pid} and ${outcomeOf(request)}`, seqs: seqsOf(request) },
    ),
};
