import { callsOf, cutOff, signalled } from '../ends.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const applicationsHearOfTheEndFirst: ApacheRule = {
  id: 'SHUT-ATEXIT-03',
  level: 'must',
  area: 'ending',
  says: 'Callbacks of mod_wsgi.subscribe_shutdown are called in every interpreter before requests in progress are waited for, whatever becomes of those.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed', 'exit-handler.called'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_main; wsgi_interp.c, wsgi_publish_process_stopping'],
  why: 'It is the only chance to tell a request or a background thread to come to an end.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGTERM', 'SIGINT']).flatMap((one) =>
        cutOff(one).flatMap((lost) => one.registered.map((entry) => ({ one, lost, entry }))),
      ),
      'no daemon process with such callbacks was told to stop with a request inside that did not end',
      ({ one, lost, entry }) => {
        const [call] = callsOf(run, entry, 'subscribe_shutdown');
        const end = lost.request.outcome?.seq ?? Number.POSITIVE_INFINITY;
        return call && call.seq < end
          ? null
          : {
              says: `${lost.request.id} was cut off, and the callback of ${entry.request.id} ${call ? 'was called only then' : 'was never called'}`,
              seqs: [one.seq, end],
            };
      },
    ),
};
