import { watchTerms } from '../../machines/process-monitor.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, timedEnds, tooEarly, unfinished } from './timed-ends.ts';

export const eachRequestIsTimedAlone: ApacheRule = {
  id: 'LIFE-REQTIME-01',
  level: 'must',
  area: 'deadlines',
  says: 'The request-timeout, off by default, is over for a thread whose request has run longer than request-timeout × (1 + ln threads), each thread judged alone.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.accepted'],
  source: ['mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_daemon_main and wsgi_monitor_thread', 'mod_wsgi 6.0.0 release notes'],
  since: '6',
  why: 'One stuck request ends the process soon, and the more threads there are the longer it is borne.',
  judge: (run) =>
    judgeEach(timedEnds(run, 'request-timeout'), 'no request ran into request-timeout', (end) => {
      const limit = watchTerms(end.group, '6')?.requestLimit ?? 0;
      const running = unfinished(end);
      const oldest = Math.min(...running.map((request) => acceptedAt(end, request)));
      if (limit === 0 || running.length === 0)
        return { says: `${end.event.process} went, and no request can have been too long`, seqs: [end.event.seq] };
      return tooEarly(end, oldest + limit, 'its oldest request');
    }),
};
