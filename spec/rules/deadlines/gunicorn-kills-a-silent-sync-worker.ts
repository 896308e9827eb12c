import { isUndisturbed } from '../calm.ts';
import { entriesOf, seqsOf, succeeded } from '../histories.ts';
import { type GunicornRule, judgeEach } from '../rule.ts';
import { insideFor } from './inside-for.ts';

/** More than the arbiter is late, which looks once a second, and kills by force a second later. In ms. */
const lateness = 5000;
/** The heartbeat is a time of a file, and is given before the request is accepted. In ms. */
const earliness = 500;

export const gunicornKillsASilentSyncWorker: GunicornRule = {
  id: 'LIFE-GUNI-02',
  level: 'must',
  area: 'deadlines',
  says: 'A sync worker that runs one request for longer than timeout is killed, and not earlier.',
  appliesTo: ['gunicorn-sync'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed'],
  source: [
    'gunicorn 20.1, arbiter.py, murder_workers: SIGABRT, then SIGKILL',
    'gunicorn 20.1, workers/workertmp.py, notify; workers/sync.py, run_for_one',
    'gunicorn manual, Settings, timeout',
  ],
  why: 'A page that takes longer than 30 seconds is never answered, unless somebody raises the limit.',
  judge: ({ deployment: { timeout }, trace }) =>
    judgeEach(
      timeout === 0
        ? []
        : entriesOf(trace).flatMap((entry) => {
            const { sent, outcome } = entry.request;
            if (outcome === null || !isUndisturbed(trace, entry.seq, outcome.seq) || sent.behave !== undefined)
              return [];
            const isLost = !succeeded(entry.request);
            return isLost || insideFor(entry) > timeout + lateness
              ? [{ entry, isLost, took: outcome.at - sent.at }]
              : [];
          }),
      timeout === 0 ? 'timeout is off' : 'no request was inside a worker for longer than timeout',
      ({ entry: { request, seen }, isLost, took }) => {
        if (!isLost)
          return {
            says: `${request.id} was inside worker ${seen.pid} for ${took} ms and was answered`,
            seqs: seqsOf(request),
          };
        return took < timeout - earliness
          ? { says: `${request.id} was lost after ${took} ms, before timeout was over`, seqs: seqsOf(request) }
          : null;
      },
    ),
};
