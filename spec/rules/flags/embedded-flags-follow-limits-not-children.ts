import { maxChildren } from '../../deployments/apache.ts';
import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

/** Exercised only where counting children would give another answer: one is started and more may follow. */
export const embeddedFlagsFollowLimitsNotChildren: ApacheRule = {
  id: 'FLAG-EMBED-01',
  level: 'must',
  area: 'flags',
  says: 'In embedded mode the flags follow the configured limits, not StartServers and not the children alive at the moment.',
  appliesTo: embedded,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_child_init'],
  why: 'One child at start says nothing: the next burst of requests brings others, and the application must expect them.',
  judge: (run) => {
    const { startServers } = run.deployment.children;
    const most = maxChildren(run.deployment.children);
    return judgeEach(
      startServers === 1 && most > 1 ? embeddedEntries(run) : [],
      'no embedded application was entered where one child is started and more may follow',
      ({ request, seen, seq }) =>
        seen.multiprocess
          ? null
          : {
              says: `${request.id} saw wsgi.multiprocess False: one child was started, but ${most} may run`,
              seqs: [seq],
            },
    );
  },
};
