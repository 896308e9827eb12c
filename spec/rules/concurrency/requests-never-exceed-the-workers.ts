import { entriesOf, groupedBy, requestHistories, seqsOf } from '../histories.ts';
import { heldOf, insideAt } from '../overlaps.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';
import { workersOf } from './workers.ts';

/**
 * Every request counts, also one that a child only passes on to a daemon process. Exercised when all workers, or all
 * threads of one child, were busy and another request came.
 */
export const requestsNeverExceedTheWorkers: ApacheRule = {
  id: 'MPM-LIMIT-01',
  level: 'must',
  area: 'concurrency',
  says: 'MaxRequestWorkers caps the requests in progress: children under prefork, threads of all children under worker and event.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent', 'request.released'],
  source: ['httpd 2.4 manual, mpm_common, MaxRequestWorkers and ThreadsPerChild'],
  why: 'It is the number of users who can wait for a slow page at the same time; the next one waits outside.',
  judge: (run) => {
    const workers = workersOf(run.deployment.children);
    const { threadsPerChild } = run.deployment.children;
    const entries = entriesOf(run.trace);
    const children = groupedBy(
      entries.filter(({ seen }) => seen.processGroup === ''),
      ({ seen }) => seen.process,
    );
    const pools = [
      { says: 'of all children', limit: workers, entries },
      ...[...children].map(([child, ofChild]) => ({
        says: `of child ${child}`,
        limit: threadsPerChild,
        entries: ofChild,
      })),
    ];
    const requests = requestHistories(run.trace);
    return judgeEach(
      pools.flatMap((pool) => {
        const held = heldOf(pool.entries);
        return requests
          .map((request) => ({ pool, request, busy: insideAt(held, request.sent.seq) }))
          .filter(({ busy }) => busy.length >= pool.limit);
      }),
      'no request came while every worker was busy',
      ({ pool, request, busy }) => {
        const entry = pool.entries.find((one) => one.request.id === request.id);
        const inside = entry ? insideAt(pool.entries, entry.seq) : [];
        return entry && inside.length >= pool.limit
          ? {
              says: `${request.id} got in while ${inside.length} requests kept all ${pool.limit} workers ${pool.says} busy`,
              seqs: [...busy.map(({ seq }) => seq), ...seqsOf(request)],
            }
          : null;
      },
    );
  },
};
