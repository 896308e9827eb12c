import type { UwsgiDeployment } from '../../deployments/uwsgi.ts';
import type { Trace } from '../../trace.ts';
import { isUndisturbed } from '../calm.ts';
import { requestHistories, succeeded } from '../histories.ts';
import { type Lifespan, lifespansOf } from '../lifespans.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** A worker takes its start from the clock of the master, which counts whole seconds and is read once a second. In ms. */
const earliness = 2000;

export const uwsgiWorkerEndsAtItsLimit: UwsgiRule = {
  id: 'LIFE-UWSGI-01',
  level: 'must',
  area: 'requests',
  says: 'max-requests ends a worker at the end of a request only when it has had so many and is at least min-worker-lifetime old.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'process.appeared', 'process.vanished'],
  source: [
    'uWSGI 2.0, core/utils.c, uwsgi_close_request: delta_requests, min_worker_lifetime',
    'uWSGI 2.0, core/init.c, uwsgi_setup: min_worker_lifetime = 10 (its help says 60 up to 2.0.24)',
  ],
  why: 'A limit of 100 requests is passed by thousands in the first ten seconds, as after each deployment.',
  judge: ({ deployment, trace }) => {
    const { maxRequests, minWorkerLifetime, threads, maxRequestsDelta } = deployment;
    const isExact = minWorkerLifetime === 0 && threads === 1 && maxRequestsDelta === 0;
    return judgeEach(
      maxRequests === 0
        ? []
        : lifespansOf(trace).filter(
            (life) => (isExact && life.entries.length >= maxRequests) || endedByItself(deployment, trace, life),
          ),
      maxRequests === 0 ? 'max-requests is off' : 'no worker came to its limit',
      (life) => {
        const { entries, pid, known, gone } = life;
        const seqs = entries.map(({ seq }) => seq);
        const ran = entries.length === 1 ? 'one request' : `${entries.length} requests`;
        if (isExact && entries.length > maxRequests) return { says: `worker ${pid} ran ${ran}`, seqs };
        if (!endedByItself(deployment, trace, life)) return null;
        if (entries.length < maxRequests) return { says: `worker ${pid} ended after ${ran}`, seqs: [...seqs, gone] };
        const age = timeOf(trace, gone) - timeOf(trace, known);
        return age < minWorkerLifetime - earliness
          ? { says: `worker ${pid} ended after ${ran} at the age of ${age} ms`, seqs: [known, gone] }
          : null;
      },
    );
  },
};

const timeOf = (trace: Trace, seq: number): number => trace.find((event) => event.seq === seq)?.at ?? 0;

/** It was seen to go, others came afterwards, and nothing but the limit can be the reason. */
const endedByItself = (
  { harakiri, maxWorkerLifetime, cheaper, idle }: UwsgiDeployment,
  trace: Trace,
  { known, gone, entries }: Lifespan,
): boolean =>
  harakiri === 0 &&
  maxWorkerLifetime === 0 &&
  cheaper === null &&
  idle === 0 &&
  isUndisturbed(trace, known, gone) &&
  entries.every(({ request }) => succeeded(request) && (request.outcome?.seq ?? gone) < gone) &&
  requestHistories(trace).some(({ sent, observed }) => sent.seq > gone && observed.length > 0);
