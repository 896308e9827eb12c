import { isDeaf } from '../../serving/child-signals.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { cutOffInTime, isHeldOver, toTheKill } from './cut-off.ts';
import { insideAtOnset, serverSignalled } from './server-signals.ts';

export const gracefulStopEndsInAStop: ApacheRule = {
  id: 'MPM-STOP-02',
  level: 'must',
  area: 'restarts',
  says: 'What is still in progress when GracefulShutdownTimeout has passed after a graceful stop (SIGWINCH) is cut off, and nothing before that: at once under prefork, and 9 s later under worker and event, whose children hear nothing any more and are killed.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'request.released', 'act.performed'],
  source: [
    'httpd 2.4 manual, mpm_common, GracefulShutdownTimeout: "forcibly kill all remaining processes"',
    'httpd 2.4, prefork.c, worker.c and event.c, ap_graceful_shutdown_timeout; it looks once a second; mpm_unix.c, ap_reclaim_child_processes',
    'probed with httpd 2.4.71, 1 s: connections reset after 1.0 s under prefork, after 10.4 s under worker and event, in embedded and in daemon mode',
  ],
  why: 'It is how long a deployment tool has to wait for a server that is taken out of service.',
  judge: (run) => {
    const { children, server } = run.deployment;
    const { gracefulShutdownTimeout: timeout } = children;
    const patience = timeout + (isDeaf(server.mpm) ? toTheKill : 0);
    return judgeEach(
      timeout === 0
        ? []
        : serverSignalled(run.trace)
            .filter(({ signal }) => signal === 'SIGWINCH')
            .flatMap((stop) =>
              insideAtOnset(run.trace, stop)
                .filter(({ request }) => isHeldOver(request, stop, patience))
                .map(({ request }) => ({ request, stop })),
            ),
      'no request was in progress for longer than GracefulShutdownTimeout after a graceful stop',
      ({ request, stop }) => cutOffInTime(request, stop, patience, 'a graceful stop'),
    );
  },
};
