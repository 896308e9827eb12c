import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const preforkHasNoThreads: ApacheRule = {
  id: 'FLAG-PREFORK-01',
  level: 'must',
  area: 'flags',
  says: 'Under the prefork MPM wsgi.multithread is False in embedded mode, whatever the configuration.',
  appliesTo: ['apache-prefork-embedded'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_child_init', 'httpd 2.4, prefork.c, prefork_query'],
  why: 'It is why code that is not thread-safe works under prefork and breaks after a change of MPM.',
  judge: (run) =>
    judgeEach(embeddedEntries(run), 'no application was entered in embedded mode', ({ request, seen, seq }) =>
      seen.multithread ? { says: `${request.id} saw wsgi.multithread True under prefork`, seqs: [seq] } : null,
    ),
};
