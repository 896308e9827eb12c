import { callsOf, cutOff, signalled } from '../ends.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const forcedEndRunsNoExitHandlers: ApacheRule = {
  id: 'SHUT-ATEXIT-02',
  level: 'must',
  area: 'ending',
  says: 'Exit handlers do not run with WSGIDestroyInterpreter Off, nor when shutdown-timeout or SIGKILL ends the process.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed', 'exit-handler.called'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_python_child_cleanup and wsgi_reaper_thread',
    'mod_wsgi manual, Registering Cleanup Code',
  ],
  why: 'Exit handlers are no place for what must not be lost.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGKILL']).filter(
        (one) =>
          one.registered.length > 0 &&
          (one.signal === 'SIGKILL' || cutOff(one).length > 0 || !run.deployment.surroundings.destroyInterpreter),
      ),
      'no daemon process with exit handlers was ended by force',
      ({ registered, seq }) => {
        const called = registered.flatMap((entry) => callsOf(run, entry, 'atexit')).find((call) => call.seq > seq);
        return called ? { says: `the exit handler of ${called.request} was called`, seqs: [seq, called.seq] } : null;
      },
    ),
};
