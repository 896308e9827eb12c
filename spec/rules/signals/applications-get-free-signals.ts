import { type Signalled, signalled } from '../ends.ts';
import { daemonEntries } from '../histories.ts';
import { restarts } from '../restarts/server-signals.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

/** That the callbacks are called is nothing a request can report; a test of the gateway shows it. */
export const applicationsGetFreeSignals: ApacheRule = {
  id: 'SHUT-SIG-02',
  level: 'must',
  area: 'signals',
  says: 'From 6.0 SIGHUP and SIGUSR2 do not end a daemon process and are passed to mod_wsgi.subscribe_signals callbacks; before 6.0 SIGUSR2 ends it and it is replaced, and so does SIGHUP where the process began with the server: later ones have the handler of the Apache parent, which does nothing in them.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_signal_handler',
    'mod_wsgi release notes, 6.0.0',
    'httpd 2.4, mpm_unix.c, ap_unixd_mpm_set_signals: called after the first daemon processes are forked',
    'probed with httpd 2.4 and mod_wsgi 4.9.4: SIGHUP ends the first process of a group and not its successors',
  ],
  why: 'A signal that reloads settings in one release loses requests in another.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGHUP', 'SIGUSR2']).flatMap((one) => {
        const next = one.later.at(-1);
        return next ? [{ ...one, next }] : [];
      }),
      'no daemon process was asked again that was sent SIGHUP or SIGUSR2',
      (one) => {
        const { process, next, signal, seq } = one;
        const survives = outlives(run, one);
        return (next.seen.process === process) === survives
          ? null
          : {
              says: `${next.request.id} met ${survives ? 'another process' : 'the same process'} after ${signal}`,
              seqs: [seq, next.seq],
            };
      },
    ),
};

/** Whether the signal leaves the process as it is: one of its group was seen before, or the server has restarted since. */
function outlives(run: ApacheRun, { signal, group, process, seq }: Signalled): boolean {
  if (run.deployment.server.modWsgi === '6') return true;
  const isLater =
    restarts(run.trace).some((restart) => restart.seq < seq) ||
    daemonEntries(run).some((entry) => entry.group === group && entry.seq < seq && entry.seen.process !== process);
  return signal === 'SIGHUP' && isLater;
}
