import { daemonEntries, outcomeOf, seqsOf } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { abrupt, insideAtOnset } from './server-signals.ts';

/** The catalogue has no such sentence: what the manual says of children holds for whatever they carry. */
export const stopClosesEveryConnection: ApacheRule = {
  id: 'RELOAD-APACHE-04',
  level: 'must',
  area: 'restarts',
  says: 'SIGTERM and SIGHUP to the server close at once the connection of a request in a daemon process: its client gets no answer, not even an error.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'httpd 2.4, worker.c and event.c, close_worker_sockets; prefork.c, just_die',
    'httpd 2.4 manual, Stopping and Restarting: requests in progress are terminated',
    'probed with httpd 2.4.71 under prefork, worker and event: end of file within 40 ms, with and without a response begun',
  ],
  why: 'The seconds that a daemon process still has at such a restart help nobody: no one listens to it any more.',
  judge: (run) =>
    judgeEach(
      abrupt(run.trace).flatMap((signalled) => {
        const inside = new Set(insideAtOnset(run.trace, signalled).map(({ request }) => request.id));
        return daemonEntries(run)
          .filter(({ request }) => inside.has(request.id))
          .map((entry) => ({ ...entry, signalled }));
      }),
      'no request was in a daemon process at SIGTERM or SIGHUP to the server',
      ({ request, seen, signalled: { signal } }) =>
        request.outcome?.kind === 'request.finished'
          ? {
              says: `${request.id} was in process ${seen.pid} at ${signal} to the server, and ${outcomeOf(request)}`,
              seqs: seqsOf(request),
            }
          : null,
    ),
};
