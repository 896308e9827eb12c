import { daemonEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const threadsOptionMakesMultithread: ApacheRule = {
  id: 'FLAG-DAEMON-02',
  level: 'must',
  area: 'flags',
  says: 'In a daemon process wsgi.multithread is True exactly when the threads option comes to a value other than 1.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process', 'mod_wsgi manual, WSGIDaemonProcess, threads=num'],
  why: 'threads=1 is the way to run code that is not thread-safe, and leaving the option out is not: that is 15 threads.',
  judge: (run) =>
    judgeEach(daemonEntries(run), 'no application was entered in daemon mode', ({ request, seen, seq, group }) =>
      seen.multithread === (group.threads !== 1)
        ? null
        : {
            says: `${request.id} in ${group.name} saw wsgi.multithread ${python(seen.multithread)} with ${group.threads} threads`,
            seqs: [seq],
          },
    ),
};
