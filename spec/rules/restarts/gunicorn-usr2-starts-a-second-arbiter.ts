import { eventsOf } from '../../trace.ts';
import { undisturbedSince } from '../calm.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';
import { serverSignalled } from './server-signals.ts';
import { aftermathOf, unanswered } from './told-to-go-on.ts';

/** That a second SIGUSR2 is ignored while there are two is not tried. */
export const gunicornUsr2StartsASecondArbiter: GunicornRule = {
  id: 'RELOAD-GUNI-05',
  level: 'must',
  area: 'restarts',
  says: 'SIGUSR2 starts a second arbiter with workers of its own on the same sockets, and the first one stays until it is told to go.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'act.performed', 'process.appeared', 'process.vanished'],
  source: [
    'gunicorn manual, Signal Handling, USR2, and Upgrading to a new binary on the fly',
    'gunicorn 20.1, arbiter.py, handle_usr2 and reexec',
  ],
  why: 'A new version can be tried beside the old one, and taken back.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      deployment.maxRequests > 0 || deployment.reload
        ? []
        : serverSignalled(trace).flatMap((usr2) => {
            const aftermath = usr2.signal === 'SIGUSR2' ? aftermathOf({ deployment, trace }, usr2) : null;
            return aftermath ? [aftermath] : [];
          }),
      'nobody asked after SIGUSR2',
      (aftermath) => {
        const { done, requests } = aftermath;
        const last = requests.at(-1)?.outcome?.seq ?? done.seq;
        // Older ones may still be on their way out after a restart, or after they were told to go.
        const told = undisturbedSince(trace, done.from);
        const steady = new Set(
          eventsOf(trace, 'process.appeared').flatMap(({ seq, mark }) =>
            told < seq && seq <= done.from ? [mark] : [],
          ),
        );
        const lost = eventsOf(trace, 'process.vanished').find(
          ({ seq, mark }) => done.from < seq && seq < last && steady.has(mark),
        );
        if (lost) return { says: `worker ${lost.pid} was gone after SIGUSR2`, seqs: [done.seq, lost.seq] };
        const added = eventsOf(trace, 'process.appeared').filter(({ seq }) => done.from < seq && seq < last);
        return added.length === 0
          ? { says: 'no worker was added by SIGUSR2', seqs: [done.seq] }
          : unanswered(aftermath);
      },
    ),
};
