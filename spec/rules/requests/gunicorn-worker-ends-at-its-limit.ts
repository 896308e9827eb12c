import type { GunicornDeployment } from '../../deployments/gunicorn.ts';
import type { Trace } from '../../trace.ts';
import { isUndisturbed } from '../calm.ts';
import { outcomeOf, requestHistories, succeeded } from '../histories.ts';
import { hostingOf } from '../hosting.ts';
import { type Lifespan, lifespansOf } from '../lifespans.ts';
import { unfinishedAt } from '../overlaps.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';

/**
 * What a worker has accepted when it reaches its limit it runs as well, so the limit may be passed by as many requests as
 * were under way. A gevent worker goes on accepting for up to a second, however many come.
 */
export const gunicornWorkerEndsAtItsLimit: GunicornRule = {
  id: 'LIFE-GUNI-01',
  level: 'must',
  area: 'requests',
  says: 'A worker ends after max_requests requests and up to max_requests_jitter more, not earlier, and completes the one that reaches its limit.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: [
    'gunicorn 20.1, workers/base.py, __init__: max_requests + randint(0, max_requests_jitter)',
    'gunicorn 20.1, workers/sync.py, gthread.py and base_async.py, handle_request; gthread.py and ggevent.py, run',
    'gunicorn manual, Settings, max_requests and max_requests_jitter',
  ],
  why: 'It bounds the damage of a leak, and costs nobody an answer.',
  judge: ({ deployment, trace }) => {
    const { maxRequests } = deployment;
    return judgeEach(
      maxRequests === 0
        ? []
        : lifespansOf(trace).filter((life) => life.entries.length >= maxRequests || endedByItself(trace, life)),
      maxRequests === 0 ? 'max_requests is off' : 'no worker came to its limit',
      (life) => {
        const { entries, pid } = life;
        const ran = entries.length === 1 ? 'one request' : `${entries.length} requests`;
        if (entries.length > most(deployment, trace, life))
          return { says: `worker ${pid} ran ${ran}`, seqs: entries.map(({ seq }) => seq) };
        if (!endedByItself(trace, life)) return null;
        if (entries.length < maxRequests && entries.every(({ request }) => succeeded(request)))
          return { says: `worker ${pid} ended after ${ran}`, seqs: [...entries.map(({ seq }) => seq), life.gone] };
        // One that took too long was lost for a reason of its own, and took the worker with it.
        const patience = hostingOf(deployment, null)?.patience ?? 0;
        const lost = entries.find(
          ({ request: { sent, outcome }, request }) =>
            entries.length >= maxRequests && outcome !== null && outcome.at - sent.at < patience && !succeeded(request),
        );
        return lost
          ? {
              says: `${lost.request.id} ran in worker ${pid} at its limit and ${outcomeOf(lost.request)}`,
              seqs: [lost.seq],
            }
          : null;
      },
    );
  },
};

function most(
  { workerClass, maxRequests, maxRequestsJitter, release }: GunicornDeployment,
  trace: Trace,
  life: Lifespan,
): number {
  const limit = maxRequests + maxRequestsJitter;
  switch (workerClass) {
    case 'sync':
      return limit;
    case 'gthread': {
      const requests = requestHistories(trace);
      const beside = life.entries.map(({ request }) => unfinishedAt(requests, request.sent.seq).length);
      // In 20.1 the main loop looks at its limit only after it has accepted once more.
      return limit + Math.max(0, ...beside) + (release === '20.1' ? 1 : 0);
    }
    case 'gevent':
      return Number.POSITIVE_INFINITY;
    default:
      return workerClass satisfies never;
  }
}

/** It was seen to go, others came afterwards, and nothing but the limit can be the reason. */
const endedByItself = (trace: Trace, { known, gone, entries }: Lifespan): boolean =>
  isUndisturbed(trace, known, gone) &&
  entries.every(({ request }) => request.outcome !== null && request.outcome.seq < gone) &&
  requestHistories(trace).some(({ sent, observed }) => sent.seq > gone && observed.length > 0);
