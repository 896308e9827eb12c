import { callsOf, cutOff, type Signalled, signalled, successor } from '../ends.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

export const exitHandlersRunMainLast: ApacheRule = {
  id: 'SHUT-ATEXIT-01',
  level: 'must',
  area: 'ending',
  says: 'When a process ends in order, the exit handlers of every interpreter run, those of the main interpreter last.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed', 'exit-handler.called'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_python_child_cleanup; wsgi_interp.c, Interpreter_dealloc',
    'mod_wsgi manual, Registering Cleanup Code',
  ],
  why: 'An application that writes its state at the end must be able to rely on it.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGTERM', 'SIGINT', 'SIGUSR1']).filter(
        (one) =>
          run.deployment.surroundings.destroyInterpreter &&
          one.registered.length > 0 &&
          one.inside.length === 0 &&
          cutOff(one).length === 0 &&
          successor(one) !== null,
      ),
      'no daemon process with exit handlers was told to end and replaced',
      (one) => missing(run, one) ?? outOfOrder(run, one),
    ),
};

function missing(run: ApacheRun, one: Signalled): Objection | null {
  const silent = one.registered.find((entry) => callsOf(run, entry, 'atexit').length !== 1);
  if (!silent) return null;
  const { applicationGroup } = silent.seen;
  const times = callsOf(run, silent, 'atexit').length;
  const objection = {
    says: `the exit handler of ${silent.request.id} in interpreter '${applicationGroup}' was called ${times} times`,
    seqs: [one.seq, silent.seq],
  };
  // Probed with CPython 3.11: the process hangs there until its shutdown-timeout, and comes to no other interpreter.
  const hangs = one.registered.some(
    (entry) => entry.seen.applicationGroup !== '' && callsOf(run, entry, 'atexit').length === 0,
  );
  return run.deployment.server.modWsgi === '4.9' && times === 0 && hangs
    ? { ...objection, knownDefect: 'mod_wsgi 4.9.4 hangs while it destroys a used sub-interpreter of a daemon process' }
    : objection;
}

function outOfOrder(run: ApacheRun, one: Signalled): Objection | null {
  const seqsOf = (isMain: boolean): readonly number[] =>
    one.registered
      .filter(({ seen }) => (seen.applicationGroup === '') === isMain)
      .flatMap((entry) => callsOf(run, entry, 'atexit').map(({ seq }) => seq));
  const [main] = seqsOf(true);
  const late = main === undefined ? undefined : seqsOf(false).find((seq) => seq > main);
  return main !== undefined && late !== undefined
    ? { says: 'an exit handler of the main interpreter ran before one of a sub-interpreter', seqs: [main, late] }
    : null;
}
