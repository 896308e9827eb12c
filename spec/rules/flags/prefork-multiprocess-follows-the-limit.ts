import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const preforkMultiprocessFollowsTheLimit: ApacheRule = {
  id: 'FLAG-PREFORK-02',
  level: 'must',
  area: 'flags',
  says: 'Under prefork wsgi.multiprocess is True unless MaxRequestWorkers, capped by ServerLimit, is exactly 1.',
  appliesTo: ['apache-prefork-embedded'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_child_init',
    'httpd 2.4, prefork.c, prefork_query, AP_MPMQ_MAX_DAEMONS',
    'mod_wsgi manual, Processes And Threading',
  ],
  why: 'Any default Apache runs an embedded application in many processes, each with its own globals.',
  judge: (run) => {
    const { maxRequestWorkers, serverLimit } = run.deployment.children;
    const expected = Math.min(maxRequestWorkers, serverLimit) !== 1;
    return judgeEach(embeddedEntries(run), 'no application was entered in embedded mode', ({ request, seen, seq }) =>
      seen.multiprocess === expected
        ? null
        : {
            says: `${request.id} saw wsgi.multiprocess ${python(seen.multiprocess)} with MaxRequestWorkers ${maxRequestWorkers} and ServerLimit ${serverLimit}`,
            seqs: [seq],
          },
    );
  },
};
