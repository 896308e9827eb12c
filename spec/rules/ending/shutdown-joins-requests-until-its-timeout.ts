import { signalled } from '../ends.ts';
import { outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const shutdownJoinsRequestsUntilItsTimeout: ApacheRule = {
  id: 'SHUT-TIME-01',
  level: 'must',
  area: 'ending',
  says: 'A daemon process that shuts down lets its requests finish for shutdown-timeout and no longer: then it exits by force and they are lost.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_main and wsgi_reaper_thread', 'rule SHUT-TIME-01'],
  why: 'It is all the time a request has when its process is told to go.',
  judge: (run) =>
    judgeEach(
      signalled(run, ['SIGTERM', 'SIGINT']).flatMap((one) => {
        const { shutdownTimeout } = one.group;
        return one.inside.flatMap((entry) => {
          const { outcome, released } = entry.request;
          if (outcome === null) return [];
          const isLetGo = released !== null && released.seq < outcome.seq;
          if (isLetGo && (shutdownTimeout === 0 || released.at - one.at < shutdownTimeout / 2))
            return [{ ...one, entry, outcome, hasTime: true }];
          // Let go, but long after it should have been cut off.
          const isOverdue = isLetGo && released.at - one.at > shutdownTimeout + late;
          return shutdownTimeout > 0 && (!isLetGo || isOverdue) ? [{ ...one, entry, outcome, hasTime: false }] : [];
        });
      }),
      'no daemon process was told to stop with a request inside that was let go soon or never',
      ({ entry: { request }, outcome, hasTime, group, seq, at }) => {
        const seqs = [seq, ...seqsOf(request)];
        if (hasTime)
          return succeeded(request)
            ? null
            : {
                says: `${request.id} was let go soon after its process was told to stop, and ${outcomeOf(request)}`,
                seqs,
              };
        if (succeeded(request))
          return {
            says: `${request.id} was held beyond shutdown-timeout=${group.shutdownTimeout / 1000} and ${outcomeOf(request)}`,
            seqs,
          };
        const given = outcome.at - at;
        // The act is recorded a moment after the signal, and a slow machine may be late by far.
        return given < group.shutdownTimeout - early || given > group.shutdownTimeout + late
          ? {
              says: `${request.id} was cut off after ${given} ms, with shutdown-timeout=${group.shutdownTimeout / 1000}`,
              seqs,
            }
          : null;
      },
    ),
};

/** What a measured time may be off, in ms. */
const early = 500;
const late = 20_000;
