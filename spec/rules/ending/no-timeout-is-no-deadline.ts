import { signalled } from '../ends.ts';
import { outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const noTimeoutIsNoDeadline: ApacheRule = {
  id: 'SHUT-GRACE-03',
  level: 'must',
  area: 'ending',
  says: 'With graceful-timeout=0 and no eviction-timeout, SIGUSR1 waits without limit for a moment without a request.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_monitor_thread', 'rule SHUT-GRACE-03'],
  why: 'The manual says that the process is restarted immediately then.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGUSR1']).filter(
        ({ group, inside, count, until }) =>
          count === 1 &&
          group.gracefulTimeout === 0 &&
          group.evictionTimeout === 0 &&
          inside.length > 0 &&
          inside.every(({ request }) => (request.outcome?.seq ?? until) < until),
      ),
      'no daemon process without these timeouts was sent SIGUSR1 with a request inside',
      ({ inside, seq }) => {
        const lost = inside.find(({ request }) => !succeeded(request));
        return lost
          ? {
              says: `${lost.request.id} was inside at SIGUSR1 and ${outcomeOf(lost.request)}`,
              seqs: [seq, ...seqsOf(lost.request)],
            }
          : null;
      },
    ),
};
