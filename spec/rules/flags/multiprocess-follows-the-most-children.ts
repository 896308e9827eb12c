import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const multiprocessFollowsTheMostChildren: ApacheRule = {
  id: 'FLAG-WORKER-02',
  level: 'must',
  area: 'flags',
  says: 'Under worker and event wsgi.multiprocess is True in embedded mode exactly when MaxRequestWorkers divided by ThreadsPerChild, rounded down and capped by ServerLimit, is not 1.',
  appliesTo: ['apache-worker-embedded', 'apache-event-embedded'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_child_init',
    'httpd 2.4, worker.c and event.c, AP_MPMQ_MAX_DAEMONS and max_daemons_limit',
  ],
  why: 'Only with one child can embedded code keep state in memory that every request sees.',
  judge: (run) => {
    const { maxRequestWorkers, threadsPerChild, serverLimit } = run.deployment.children;
    const children = Math.min(serverLimit, Math.floor(maxRequestWorkers / threadsPerChild));
    return judgeEach(embeddedEntries(run), 'no application was entered in embedded mode', ({ request, seen, seq }) =>
      seen.multiprocess === (children !== 1)
        ? null
        : {
            says: `${request.id} saw wsgi.multiprocess ${python(seen.multiprocess)} where there can be ${children} children`,
            seqs: [seq],
          },
    );
  },
};
