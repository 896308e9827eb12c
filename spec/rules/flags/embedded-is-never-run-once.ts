import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

export const embeddedIsNeverRunOnce: ApacheRule = {
  id: 'FLAG-EMBED-02',
  level: 'must',
  area: 'flags',
  says: 'In embedded mode wsgi.run_once is False, even with MaxConnectionsPerChild 1.',
  appliesTo: embedded,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, Adapter_environ'],
  why: 'One connection may carry many requests, so a child with one connection is not a process with one call.',
  judge: (run) =>
    judgeEach(embeddedEntries(run), 'no application was entered in embedded mode', ({ request, seen, seq }) =>
      seen.runOnce ? { says: `${request.id} saw wsgi.run_once True in embedded mode`, seqs: [seq] } : null,
    ),
};
