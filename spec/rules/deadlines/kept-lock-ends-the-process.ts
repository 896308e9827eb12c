import { type RequestHistory, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, timedEnds, tooEarly, unfinished } from './timed-ends.ts';

/** The helper thread asks once a second, so it may have had the lock up to a second before somebody keeps it. */
const askingPeriod = 1000;

export const keptLockEndsTheProcess: ApacheRule = {
  id: 'LIFE-DEADLOCK-01',
  level: 'must',
  area: 'deadlines',
  says: 'A helper thread takes the main interpreter’s global lock once a second, and when it fails to for deadlock-timeout, 300 s by default, the process is stopped.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.accepted', 'observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_deadlock_thread and wsgi_monitor_thread',
    'mod_wsgi manual, WSGIDaemonProcess, deadlock-timeout=sss',
  ],
  why: 'A C extension that never lets go of the lock stops every thread of its process, and nothing in it can help itself.',
  judge: (run) =>
    judgeEach(
      timedEnds(run, 'deadlock-timeout').filter((end) => !unfinished(end).some(neverRests)),
      'no daemon process was deadlocked',
      (end) => {
        const { event, group, requests } = end;
        const culprit = requests.find(({ sent }) => sent.behave?.kind === 'hold-gil');
        if (group.deadlockTimeout === 0 || !culprit)
          return { says: `${event.process} was called deadlocked, and nobody kept the lock`, seqs: [event.seq] };
        if (succeeded(culprit))
          return { says: `${culprit.id} kept the lock for ever and was answered`, seqs: [culprit.sent.seq, event.seq] };
        return tooEarly(
          end,
          acceptedAt(end, culprit) + group.deadlockTimeout - askingPeriod,
          `the request ${culprit.id}`,
        );
      },
    ),
};

/** Before CPython 3.12 Python that never rests keeps the lock from all other interpreters. See docs/findings/computing-is-called-a-deadlock.md. */
const neverRests = ({ sent }: RequestHistory): boolean => sent.behave?.kind === 'burn-cpu';
