import { isDeaf } from '../../serving/child-signals.ts';
import { outcomeOf, type RequestHistory, seqsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach, type Objection } from '../rule.ts';
import { insideAtOnset, type ServerSignalled, serverSignalled } from './server-signals.ts';

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
      ({ request, stop }) => cutOffInTime(request, stop, patience),
    );
  },
};

/** From the first SIGTERM to SIGKILL, in ms. */
const toTheKill = 9000;
/** Enough for a server that looks once a second, on a machine that does much else. In ms. */
const lateness = 8000;
/** A time is rounded to whole milliseconds wherever it is written down. */
const rounding = 2;

/** Nobody let it go before the server had to cut it off. */
const isHeldOver = ({ released }: RequestHistory, stop: ServerSignalled, patience: number): boolean =>
  released === null || released.at > stop.at + patience + lateness;

function cutOffInTime(request: RequestHistory, stop: ServerSignalled, patience: number): Objection | null {
  const { outcome, released } = request;
  const after = `${patience / 1000} s after a graceful stop`;
  if (outcome?.kind !== 'request.failed' || (released !== null && outcome.seq > released.seq))
    return { says: `${request.id} was not cut off ${after}: it ${outcomeOf(request)}`, seqs: seqsOf(request) };
  return outcome.at < stop.since + patience - rounding
    ? { says: `${request.id} was cut off sooner than ${after}`, seqs: [stop.seq, ...seqsOf(request)] }
    : null;
}
