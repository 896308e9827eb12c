import { queueDepth } from '../../dispatch/connecting.ts';
import type { RequestHistory } from '../histories.ts';
import { seqsOf } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { type Latecomer, latecomersOf } from './full-groups.ts';

/** How much later than connect-timeout a server may be, in ms: it has to read the request first. */
const lateness = 3000;

/**
 * When attempts are made cannot be seen from outside; when they begin and end can. An error of connect other than a full
 * queue is not provoked.
 */
export const connectingIsTriedUntilConnectTimeout: ApacheRule = {
  id: 'DISP-SOCK-05',
  level: 'must',
  area: 'dispatch',
  says: 'A request that finds the queue of its group full tries again every 0.125 s for 2 s and then every second until connect-timeout, 15 seconds unless set, is over, and the client then gets 503.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_connect_daemon', 'mod_wsgi manual, WSGIDaemonProcess, connect-timeout'],
  why: 'An overloaded group turns visitors away only after a quarter of a minute, and holds a thread of Apache meanwhile.',
  judge: (run) =>
    judgeEach(
      latecomersOf(run).filter(isBeyondTheQueue),
      'no request came to a group whose threads were all busy and whose queue was full',
      ({ request, group, ahead, relief }) => {
        const { sent, outcome } = request;
        if (outcome === null) return null;
        const seqs = [...seqsOf(request), ...(relief ? [relief.seq] : [])];
        const waited = outcome.at - sent.at;
        // Both times are rounded to whole milliseconds.
        if (isTurnedAway(request) && (waited < group.connectTimeout - 1 || waited > group.connectTimeout + lateness))
          return {
            says: `${request.id} was answered 503 after ${waited} ms, connect-timeout is ${group.connectTimeout} ms`,
            seqs,
          };
        const isStuck = relief === null || relief.at - sent.at > group.connectTimeout + lateness;
        const kept = [...ahead, request].filter((one) => !isTurnedAway(one));
        return isStuck && kept.length > queueDepth(group.listenBacklog)
          ? {
              says: `${kept.length} requests waited for ${group.name} beyond connect-timeout, whose listen-backlog is ${group.listenBacklog}`,
              seqs,
            }
          : null;
      },
    ),
};

/** It was turned away, or with it more had come than the queue holds. */
const isBeyondTheQueue = ({ request, group, ahead }: Latecomer): boolean =>
  ahead.length >= queueDepth(group.listenBacklog) || isTurnedAway(request);

const isTurnedAway = ({ outcome }: RequestHistory): boolean =>
  outcome?.kind === 'request.finished' && outcome.status === 503;
