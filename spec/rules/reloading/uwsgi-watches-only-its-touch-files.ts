import { hasAnyMemory } from '../../deployments/uwsgi.ts';
import { undisturbedUntil } from '../calm.ts';
import { touched } from '../restarts/server-signals.ts';
import { aftermathOf, notReplaced, replaced, unanswered } from '../restarts/told-to-go-on.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** The master looks once a second, then the workers have to go and come. In ms. */
const lateness = 6000;

/** That an older time triggers nothing is not tried: a touch makes a file newer by a second at least. */
export const uwsgiWatchesOnlyItsTouchFiles: UwsgiRule = {
  id: 'RELOAD-UWSGI-02',
  level: 'must',
  area: 'reloading',
  says: 'A newer time of a touch file reloads the server within about a second, and a newer time of any other file, the script included, does nothing.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed', 'process.appeared'],
  source: [
    'uWSGI 2.0, core/master.c, master_loop and uwsgi_check_touches',
    'uWSGI manual, Options, touch-reload, touch-workers-reload and touch-chain-reload',
  ],
  why: 'Who knows mod_wsgi touches the script, and nothing happens.',
  judge: ({ deployment, trace }) => {
    const { touchReload, touchWorkersReload, touchChainReload, pyAutoReload, master } = deployment;
    const files = [...touchReload, ...touchWorkersReload, ...touchChainReload];
    const isQuiet =
      deployment.maxRequests === 0 &&
      deployment.harakiri === 0 &&
      deployment.maxWorkerLifetime === 0 &&
      deployment.cheaper === null &&
      hasAnyMemory(deployment) &&
      deployment.idle === 0;
    return judgeEach(
      touched(trace).flatMap((touch) => {
        const aftermath = aftermathOf({ deployment, trace }, touch);
        const last = aftermath?.requests.at(-1);
        if (!aftermath || !last) return [];
        if (!files.includes(touch.file)) return pyAutoReload === 0 && isQuiet ? [{ aftermath, reloads: false }] : [];
        const isOver = last.sent.at - touch.at > lateness && undisturbedUntil(trace, touch.seq) > last.sent.seq;
        return master && isOver ? [{ aftermath, reloads: true }] : [];
      }),
      'no file was touched with requests afterwards',
      ({ aftermath, reloads }) =>
        unanswered(aftermath) ?? (reloads ? notReplaced(trace, aftermath) : replaced(trace, aftermath)),
    );
  },
};
