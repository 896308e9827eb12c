import type { GunicornDeployment } from '../../deployments/gunicorn.ts';
import { hasBroken } from '../damage.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';
import { type Aftermath, aftermaths, notReplaced, unanswered } from './told-to-go-on.ts';

/** That new workers are there before the old ones are told to go is not seen by a client who waits for both. */
export const gunicornHupReplacesEveryWorker: GunicornRule = {
  id: 'RELOAD-GUNI-01',
  level: 'must',
  area: 'restarts',
  says: 'SIGHUP replaces every worker by a new one while the listening socket stays open.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'gunicorn manual, Signal Handling, HUP: reload the configuration, start the new worker processes and gracefully shutdown older workers',
    'gunicorn 20.1, arbiter.py, handle_hup and reload',
  ],
  why: 'New code goes live, and no user is turned away.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      aftermaths({ deployment, trace }, ['SIGHUP'], ({ seq }) => deployment.preloadApp || !hasBroken(trace, seq)),
      'nobody asked after SIGHUP',
      (aftermath) =>
        unanswered(aftermath) ?? (mayStillAccept(deployment, aftermath) ? null : notReplaced(trace, aftermath)),
    ),
};

/** The main loop of a gevent worker sleeps for a second, and only then sees that it is to go. Source: gunicorn 20.1, workers/ggevent.py, run. */
const mayStillAccept = ({ workerClass }: GunicornDeployment, { requests, done }: Aftermath): boolean =>
  workerClass === 'gevent' && (requests.at(-1)?.sent.at ?? 0) - done.at < inattention;
const inattention = 2000;
