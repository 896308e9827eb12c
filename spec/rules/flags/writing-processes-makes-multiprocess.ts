import { daemonEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const writingProcessesMakesMultiprocess: ApacheRule = {
  id: 'FLAG-DAEMON-01',
  level: 'must',
  area: 'flags',
  says: 'In a daemon process wsgi.multiprocess is True exactly when the processes option is written in WSGIDaemonProcess, whatever its value.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_add_daemon_process', 'mod_wsgi manual, WSGIDaemonProcess, processes=num'],
  why: 'processes=1 and no processes option run the same one process, but tell applications opposite things.',
  judge: (run) =>
    judgeEach(daemonEntries(run), 'no application was entered in daemon mode', ({ request, seen, seq, group }) =>
      seen.multiprocess === (group.processes !== null)
        ? null
        : {
            says: `${request.id} in ${group.name} saw wsgi.multiprocess ${python(seen.multiprocess)} ${
              group.processes === null ? 'without a processes option' : `with processes=${group.processes}`
            }`,
            seqs: [seq],
          },
    ),
};
