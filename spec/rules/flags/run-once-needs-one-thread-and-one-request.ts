import { daemonEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const runOnceNeedsOneThreadAndOneRequest: ApacheRule = {
  id: 'FLAG-DAEMON-04',
  level: 'must',
  area: 'flags',
  says: 'In a daemon process wsgi.run_once is True exactly when threads is 1 and maximum-requests is 1, whatever processes is.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, Adapter_environ'],
  why: 'Such a group behaves like CGI: every request pays for a new process and a new import.',
  judge: (run) =>
    judgeEach(daemonEntries(run), 'no application was entered in daemon mode', ({ request, seen, seq, group }) =>
      seen.runOnce === (group.threads === 1 && group.maximumRequests === 1)
        ? null
        : {
            says: `${request.id} in ${group.name} saw wsgi.run_once ${python(seen.runOnce)} with ${group.threads} threads and maximum-requests ${group.maximumRequests}`,
            seqs: [seq],
          },
    ),
};
