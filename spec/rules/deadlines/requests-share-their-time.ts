import { isMonitored } from '../../machines/process-monitor.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, timedEnds, tooEarly, unfinished } from './timed-ends.ts';

export const requestsShareTheirTime: ApacheRule = {
  id: 'LIFE-REQTIME-02',
  level: 'must',
  area: 'deadlines',
  says: 'The request-timeout is over when the times of all running requests, added and divided by the number of threads, exceed it, so that one stuck thread of N needs about N times the value.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.accepted'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_monitor_thread',
    'mod_wsgi manual, WSGIDaemonProcess, request-timeout=sss',
  ],
  until: '5',
  why: 'With the usual number of threads a stuck request lives many times longer than the option says.',
  judge: (run) =>
    judgeEach(timedEnds(run, 'request-timeout'), 'no request ran into request-timeout', (end) => {
      const { event, group } = end;
      const running = unfinished(end).map((request) => acceptedAt(end, request));
      if (group.requestTimeout === 0 || !isMonitored(group) || running.length === 0)
        return { says: `${event.process} went, and no request can have been too long`, seqs: [event.seq] };
      const mean = running.reduce((sum, at) => sum + at, 0) / running.length;
      return tooEarly(end, mean + (group.requestTimeout * group.threads) / running.length, 'the mean of its requests');
    }),
};
