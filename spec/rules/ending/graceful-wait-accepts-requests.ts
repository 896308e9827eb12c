import { signalled } from '../ends.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const gracefulWaitAcceptsRequests: ApacheRule = {
  id: 'SHUT-GRACE-01',
  level: 'must',
  area: 'ending',
  says: 'During a graceful wait a daemon process goes on accepting requests, and stops when one completes with no other in progress.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_worker', 'rule SHUT-GRACE-01'],
  why: 'Other servers stop accepting; here new visitors may still meet the old code, and keep it alive.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGUSR1']).flatMap((one) => {
        // The two halves of the sentence: while a request is inside, and when the last one has left.
        const after = one.later.findLast(
          ({ request }) => one.inside.length > 0 && one.inside.every((held) => isOver(held, request.sent.seq)),
        );
        return [
          ...(one.count === 1 ? one.beside.map((entry) => ({ ...one, entry, isBeside: true })) : []),
          ...(after ? [{ ...one, entry: after, isBeside: false }] : []),
        ];
      }),
      'no request was sent to a daemon process between SIGUSR1 and its end, or after it',
      ({ entry, isBeside, process, seq }) =>
        (entry.seen.process === process) === isBeside
          ? null
          : {
              says: isBeside
                ? `${entry.request.id} was not served by the process that waited for another request`
                : `process ${entry.seen.pid} served ${entry.request.id} although the requests it waited for had left`,
              seqs: [seq, entry.seq],
            },
    ),
};

const isOver = ({ request: { outcome } }: { request: { outcome: { seq: number } | null } }, seq: number): boolean =>
  outcome !== null && outcome.seq < seq;
