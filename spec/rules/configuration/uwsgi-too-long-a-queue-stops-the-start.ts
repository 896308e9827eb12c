import { mostSomaxconn, usualSomaxconn } from '../../serving/somaxconn.ts';
import { outcomeOf, requestHistories, seqsOf } from '../histories.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/**
 * What the machine allows is not known to whoever reads a trace: a queue is judged that is too long for every kernel, and
 * one that is short enough for all.
 */
export const uwsgiTooLongAQueueStopsTheStart: UwsgiRule = {
  id: 'LIFE-UWSGI-09',
  level: 'must',
  area: 'configuration',
  says: 'On Linux a server whose listen is above net.core.somaxconn does not start.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: [
    'uWSGI 2.0, core/socket.c, bind_to_tcp: somaxconn > 0 && uwsgi.listen_queue > somaxconn, uwsgi_nuclear_blast',
    'uWSGI 2.0, core/init.c, uwsgi_setup: listen_queue = 100',
  ],
  why: 'A value that was tuned on one machine keeps the server down on the next, or in a container.',
  judge: ({ deployment: { listen }, trace }) => {
    const [first] = requestHistories(trace).filter(({ outcome }) => outcome !== null);
    const isDecided = listen >= mostSomaxconn || listen <= usualSomaxconn.before;
    return judgeEach(
      first && isDecided ? [first] : [],
      isDecided ? 'nobody asked' : `whether a queue of ${listen} is too long, the machine decides`,
      (request) => {
        const isAnswered = request.outcome?.kind === 'request.finished' || request.observed.length > 0;
        return isAnswered === listen <= usualSomaxconn.before
          ? null
          : { says: `${request.id} ${outcomeOf(request)}, of a server with listen = ${listen}`, seqs: seqsOf(request) };
      },
    );
  },
};
