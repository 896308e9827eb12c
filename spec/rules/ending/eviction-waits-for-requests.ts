import { grace, signalled } from '../ends.ts';
import { type Entry, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const evictionWaitsForRequests: ApacheRule = {
  id: 'SHUT-SIG-01',
  level: 'must',
  area: 'ending',
  says: 'SIGUSR1 lets the requests inside a daemon process go on for eviction-timeout, else graceful-timeout; with none inside the process stops at once.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_main and wsgi_monitor_thread', 'rule SHUT-SIG-01'],
  why: 'It is the signal for a reload that loses nothing.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGUSR1']).filter(
        ({ count, inside, later, until }) =>
          count === 1 && (inside.length === 0 ? later.length > 0 : inside.every((entry) => isOver(entry, until))),
      ),
      'no daemon process was sent SIGUSR1 with a request inside, or asked again afterwards',
      ({ inside, later, process, seq, at, group }) => {
        // The act is recorded a moment after the signal.
        const lost = inside.find(
          ({ request }) => !succeeded(request) && (request.outcome?.at ?? at) - at < grace(group) - 500,
        );
        if (lost)
          return {
            says: `${lost.request.id} was inside process ${lost.seen.pid} at SIGUSR1, and before its time was over it ${outcomeOf(lost.request)}`,
            seqs: [seq, ...seqsOf(lost.request)],
          };
        // The signal takes a moment; but the last of several requests finds another process.
        const last = later.at(-1);
        return inside.length === 0 && last?.seen.process === process
          ? {
              says: `process ${last.seen.pid} was idle at SIGUSR1 and still served ${last.request.id}`,
              seqs: [seq, last.seq],
            }
          : null;
      },
    ),
};

const isOver = ({ request: { outcome } }: Entry, until: number): boolean => outcome !== null && outcome.seq < until;
