import { grace, signalled } from '../ends.ts';
import { outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const graceEndsInShutdown: ApacheRule = {
  id: 'SHUT-GRACE-02',
  level: 'must',
  area: 'ending',
  says: 'When the graceful deadline passes the process enters shutdown, so a request has at most graceful-timeout + shutdown-timeout from the trigger.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_monitor_thread', 'rule SHUT-GRACE-02'],
  why: 'The two timeouts add up: neither alone is what a slow request has.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGUSR1']).flatMap((one) => {
        const time = grace(one.group) + one.group.shutdownTimeout;
        if (one.count > 1 || one.group.shutdownTimeout === 0 || time === Number.POSITIVE_INFINITY) return [];
        return one.inside.flatMap(({ request }) => {
          const { outcome, released } = request;
          if (outcome === null || outcome.seq > one.until) return [];
          const isLetGo = released !== null && released.seq < outcome.seq;
          // Let go in time it says nothing; long after it should have been cut off it does.
          return !isLetGo || released.at - one.at > time + late ? [{ ...one, request, outcome, time }] : [];
        });
      }),
      'no request stayed in a daemon process that was sent SIGUSR1 until its time was over',
      ({ request, outcome, time, seq, at }) => {
        const seqs = [seq, ...seqsOf(request)];
        const given = outcome.at - at;
        if (!succeeded(request) && given >= time - early && given <= time + late) return null;
        return { says: `${request.id}, which had ${time} ms, ${outcomeOf(request)} after ${given} ms`, seqs };
      },
    ),
};

/** What a measured time may be off, in ms: an act is recorded a moment after the signal, and a slow machine is late. */
const early = 500;
const late = 20_000;
