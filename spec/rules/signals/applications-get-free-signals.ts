import { signalled } from '../ends.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

/** That the callbacks are called is nothing a request can report; a test of the gateway shows it. */
export const applicationsGetFreeSignals: ApacheRule = {
  id: 'SHUT-SIG-02',
  level: 'must',
  area: 'signals',
  says: 'From 6.0 SIGHUP and SIGUSR2 do not end a daemon process and are passed to mod_wsgi.subscribe_signals callbacks; before 6.0 they end it and it is replaced.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed'],
  source: ['mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_signal_handler', 'mod_wsgi release notes, 6.0.0'],
  why: 'A signal that reloads settings in one release loses requests in another.',
  judge: (run) => {
    const survives = run.deployment.server.modWsgi === '6';
    return judgeEach(
      signalled(run, ['SIGHUP', 'SIGUSR2']).flatMap((one) => {
        const next = one.later.at(-1);
        return next ? [{ ...one, next }] : [];
      }),
      'no daemon process was asked again that was sent SIGHUP or SIGUSR2',
      ({ process, next, signal, seq }) =>
        (next.seen.process === process) === survives
          ? null
          : {
              says: `${next.request.id} met ${survives ? 'another process' : 'the same process'} after ${signal}`,
              seqs: [seq, next.seq],
            },
    );
  },
};
