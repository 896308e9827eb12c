import { signalled } from '../ends.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const secondEvictionIsIgnored: ApacheRule = {
  id: 'SHUT-GRACE-04',
  level: 'must',
  area: 'ending',
  says: 'A second SIGUSR1 during a graceful wait changes nothing.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_main', 'rule SHUT-GRACE-04'],
  why: 'Whoever repeats the signal neither hurries the process nor gives it more time.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGUSR1']).flatMap((one) =>
        one.count > 1 ? one.beside.map((entry) => ({ ...one, entry })) : [],
      ),
      'no request was sent to a daemon process that was sent SIGUSR1 a second time with another request inside',
      ({ entry, process, seq }) =>
        entry.seen.process === process
          ? null
          : {
              says: `${entry.request.id} met another process: the second SIGUSR1 ended the wait`,
              seqs: [seq, entry.seq],
            },
    ),
};
