import { isUndisturbed } from '../calm.ts';
import { entriesOf, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { lifespanOf } from '../lifespans.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** The master looks once a second, and forks after that. In ms. */
const lateness = 5000;

export const uwsgiOldWorkerFinishesFirst: UwsgiRule = {
  id: 'LIFE-UWSGI-03',
  level: 'must',
  area: 'deadlines',
  says: 'A worker that is older than max-worker-lifetime finishes its request and is then replaced.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'process.appeared'],
  source: [
    'uWSGI 2.0, core/master_checks.c, uwsgi_master_check_workers_deadline: SIGWINCH to a worker whose lifetime is over',
    'uWSGI manual, Options, max-worker-lifetime',
  ],
  why: 'Workers are renewed each night, and nobody notices.',
  judge: ({ deployment, trace }) => {
    const { maxWorkerLifetime, maxWorkerLifetimeDelta, harakiri, processes, workerReloadMercy } = deployment;
    const latest = maxWorkerLifetime + (processes - 1) * maxWorkerLifetimeDelta + lateness;
    return judgeEach(
      maxWorkerLifetime === 0 || harakiri > 0
        ? []
        : entriesOf(trace).flatMap((entry) => {
            const { sent, outcome } = entry.request;
            const born = trace.find(({ seq }) => seq === lifespanOf(trace, entry)?.known);
            if (!born || outcome === null || sent.behave !== undefined || !isUndisturbed(trace, sent.seq, outcome.seq))
              return [];
            const isSpared = outcome.at - sent.at < workerReloadMercy;
            return isSpared && outcome.at - born.at > maxWorkerLifetime ? [{ entry, age: sent.at - born.at }] : [];
          }),
      'no request was inside a worker that was older than max-worker-lifetime',
      ({ entry: { request, seen }, age }) => {
        if (!succeeded(request))
          return {
            says: `${request.id} was inside worker ${seen.pid}, and ${outcomeOf(request)}`,
            seqs: seqsOf(request),
          };
        return age > latest
          ? { says: `worker ${seen.pid} took ${request.id} at the age of ${age} ms`, seqs: seqsOf(request) }
          : null;
      },
    );
  },
};
