import { callsOf, cutOff, type Signalled, signalled, successor } from '../ends.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

export const threadsAreWaitedForFirst: ApacheRule = {
  id: 'SHUT-THREADS-01',
  level: 'must',
  area: 'ending',
  says: 'When a process ends in order, threads of its applications that are no daemons are waited for, within shutdown-timeout, before exit handlers run.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed', 'exit-handler.called'],
  source: [
    'mod_wsgi 4.9.4, wsgi_interp.c, ShutdownInterpreter_call and Interpreter_dealloc',
    'CPython, threading._shutdown; probed with mod_wsgi 4.9.4 on CPython 3.11.2',
  ],
  why: 'A thread that writes something down ends its work, and what it needs is closed only afterwards.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGTERM', 'SIGINT', 'SIGUSR1'])
        .filter(
          (one) =>
            run.deployment.surroundings.destroyInterpreter &&
            one.inside.length === 0 &&
            cutOff(one).length === 0 &&
            successor(one) !== null,
        )
        .flatMap((one) => withThread(one).flatMap((entry) => handlersOf(run, one, entry))),
      'no exit handler was called in a daemon process with threads that go on',
      ({ one, entry, handler, thread }) =>
        thread !== undefined && thread.seq < handler.seq
          ? null
          : {
              says: `the exit handler of ${entry.request.id} was called while its thread went on`,
              seqs: [one.seq, handler.seq],
            },
    ),
};

const withThread = ({ registered }: Signalled): Signalled['registered'] =>
  registered.filter(({ request }) => {
    const { behave } = request.sent;
    return behave?.kind === 'register-exit-handlers' && behave.withThread === true;
  });

/** None where it is not called at all: that is a matter of rule SHUT-ATEXIT-01. */
function handlersOf(run: ApacheRun, one: Signalled, entry: Signalled['registered'][number]) {
  const [handler] = callsOf(run, entry, 'atexit');
  const [thread] = callsOf(run, entry, 'thread');
  return handler === undefined ? [] : [{ one, entry, handler, thread }];
}
