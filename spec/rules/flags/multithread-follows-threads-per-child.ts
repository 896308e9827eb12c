import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const multithreadFollowsThreadsPerChild: ApacheRule = {
  id: 'FLAG-WORKER-01',
  level: 'must',
  area: 'flags',
  says: 'Under worker and event wsgi.multithread is True in embedded mode exactly when ThreadsPerChild is not 1.',
  appliesTo: ['apache-worker-embedded', 'apache-event-embedded'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_child_init (before 4.9.0 it was always True)',
    'httpd 2.4, worker.c and event.c, AP_MPMQ_MAX_THREADS',
  ],
  why: 'Under a threaded MPM two requests run in one interpreter at once, and globals need locks.',
  judge: (run) => {
    const { threadsPerChild } = run.deployment.children;
    return judgeEach(embeddedEntries(run), 'no application was entered in embedded mode', ({ request, seen, seq }) =>
      seen.multithread === (threadsPerChild !== 1)
        ? null
        : {
            says: `${request.id} saw wsgi.multithread ${python(seen.multithread)} with ThreadsPerChild ${threadsPerChild}`,
            seqs: [seq],
          },
    );
  },
};
