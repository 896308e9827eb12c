import type { DaemonGroup } from '../../deployments/apache.ts';
import { queueDepth } from '../../dispatch/connecting.ts';
import { eventsOf } from '../../trace.ts';
import { outcomeOf, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';
import { latecomersOf } from './full-groups.ts';

/** From outside it shows that nobody is turned away too early; that nobody is kept too many only where the queue shows. */
export const listenBacklogIsTheDepthOfTheQueue: ApacheRule = {
  id: 'DISP-SOCK-04',
  level: 'must',
  area: 'dispatch',
  says: 'listen-backlog, 100 unless set, is the depth of the queue of the group: with all threads busy so many requests wait, and one more.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_setup_socket and WSGI_LISTEN_BACKLOG',
    'Linux, listen(2) and net/unix/af_unix.c, unix_recvq_full',
  ],
  why: 'Beyond it visitors get an error instead of a long wait.',
  judge: (run) =>
    judgeEach(
      [...turnedAway(run), ...kept(run)],
      'no request came to a group whose threads were all busy',
      ({ against }) => against,
    ),
};

interface Judged {
  readonly against: Objection | null;
}

const turnedAway = (run: ApacheRun): readonly Judged[] =>
  latecomersOf(run)
    .filter(({ group, ahead }) => ahead.length < queueDepth(group.listenBacklog))
    .map(({ request, group, ahead }) => ({
      against:
        request.outcome?.kind === 'request.finished' && request.outcome.status === 503
          ? {
              says: `${request.id} had ${ahead.length} requests before it in the queue of ${group.name}, whose listen-backlog is ${group.listenBacklog}, and ${outcomeOf(request)}`,
              seqs: seqsOf(request),
            }
          : null,
    }));

const kept = (run: ApacheRun): readonly Judged[] => run.deployment.daemons.flatMap((group) => keptBy(run, group));

function keptBy(run: ApacheRun, group: DaemonGroup): readonly Judged[] {
  const requests = requestHistories(run.trace);
  const queued = eventsOf(run.trace, 'request.queued').filter(({ processGroup }) => processGroup === group.name);
  return queued.map((last) => {
    const waiting = queued.filter(({ request, seq }) => {
      const history = requests.find(({ id }) => id === request);
      const left = [...(history?.accepted ?? []), ...(history?.outcome ? [history.outcome] : [])];
      return seq <= last.seq && !left.some((event) => event.seq > seq && event.seq < last.seq);
    });
    return {
      against:
        waiting.length <= queueDepth(group.listenBacklog)
          ? null
          : {
              says: `${waiting.length} requests waited for ${group.name}, whose listen-backlog is ${group.listenBacklog}`,
              seqs: waiting.map(({ seq }) => seq),
            },
    };
  });
}
