import { entriesOf } from '../histories.ts';
import { serverSignalled } from '../restarts/server-signals.ts';
import { anyGunicorn, type GunicornRule, judgeEach, python } from '../rule.ts';

/** It is a breach of FLAG-PEP-02 where one worker was configured, and is what gunicorn does. */
export const gunicornMultiprocessIgnoresTheLiveWorkers: GunicornRule = {
  id: 'FLAG-GUNI-02',
  level: 'must',
  area: 'flags',
  says: 'SIGTTIN and SIGTTOU change how many workers there are and not what wsgi.multiprocess says.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'gunicorn 20.1 and 26.1, arbiter.py, handle_ttin and handle_ttou: they change num_workers',
    'gunicorn 20.1 and 26.1, http/wsgi.py, base_environ: it reads cfg.workers',
  ],
  why: 'After SIGTTIN to a server of one worker, code that believes the flag shares what it must not.',
  judge: ({ deployment: { workers }, trace }) => {
    const changed = serverSignalled(trace).find(({ signal }) => signal === 'SIGTTIN' || signal === 'SIGTTOU');
    return judgeEach(
      entriesOf(trace).filter(({ request }) => changed !== undefined && request.sent.seq > changed.seq),
      'no request came after the number of workers had been changed by a signal',
      ({ request, seen, seq }) =>
        seen.multiprocess === workers > 1
          ? null
          : {
              says: `${request.id} was told multiprocess ${python(seen.multiprocess)} after a change by signal; ${workers} workers are configured`,
              seqs: [seq],
            },
    );
  },
};
