import { entriesOf } from '../histories.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';
import { aftermaths } from './told-to-go-on.ts';

export const gunicornHupDoesNotLoadPreloadedCode: GunicornRule = {
  id: 'RELOAD-GUNI-02',
  level: 'must',
  area: 'restarts',
  says: 'With preload_app SIGHUP loads no new code: its new workers inherit what the arbiter imported at its start.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'gunicorn manual, Signal Handling, HUP, and Settings, preload_app',
    'gunicorn 20.1, app/base.py, wsgi: self.callable is kept; arbiter.py, setup',
  ],
  why: 'A deployment that ends with SIGHUP goes on with the old code, and says nothing.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      deployment.preloadApp
        ? aftermaths({ deployment, trace }, ['SIGHUP']).flatMap(({ done, entries }) => {
            const before = entriesOf(trace).findLast(({ seq }) => seq <= done.from);
            const after = entries.at(-1);
            return before && after ? [{ before, after, done }] : [];
          })
        : [],
      deployment.preloadApp ? 'nobody asked before and after SIGHUP' : 'preload_app is off',
      ({ before, after, done }) =>
        before.seen.loadedBy === after.seen.loadedBy
          ? null
          : {
              says: `${after.request.id} ran code that was imported anew, after SIGHUP`,
              seqs: [before.seq, done.seq, after.seq],
            },
    ),
};
