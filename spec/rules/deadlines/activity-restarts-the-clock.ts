import { succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, type TimedEnd, timedEnds, tooEarly } from './timed-ends.ts';

export const activityRestartsTheClock: ApacheRule = {
  id: 'LIFE-IDLE-02',
  level: 'must',
  area: 'deadlines',
  says: 'The start of a request, reads of its body and writes of its response restart the clock of inactivity-timeout, and while a request is in progress its end is ignored.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.accepted', 'observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, Adapter_run, Adapter_output, Input_read and wsgi_monitor_thread'],
  why: 'A slow request is not inactivity, however long it takes.',
  judge: (run) =>
    judgeEach(
      timedEnds(run, 'inactivity-timeout').filter(({ requests }) => requests.length > 0),
      'no daemon process became inactive after a request',
      (end) => {
        const { event, group, inside } = end;
        if (inside.length > 0 && run.deployment.server.modWsgi !== '6')
          return {
            says: `${event.process} was called inactive with ${inside.map(({ request }) => request.id).join()} inside`,
            seqs: [...inside.map(({ seq }) => seq), event.seq],
          };
        return tooEarly(end, lastActivity(end) + group.inactivityTimeout, 'the last activity');
      },
    ),
};

/** What a request that was released writes, it writes after that. */
const lastActivity = (end: TimedEnd): number =>
  Math.max(
    ...end.requests.flatMap((request) => [
      acceptedAt(end, request),
      ...(request.released !== null && request.released.seq < end.event.seq && succeeded(request)
        ? [request.released.at]
        : []),
    ]),
  );
