import { eventsOf } from '../../trace.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, timedEnds, tooEarly } from './timed-ends.ts';

export const startupMustSucceedInTime: ApacheRule = {
  id: 'LIFE-STARTUP-01',
  level: 'must',
  area: 'deadlines',
  says: 'The startup-timeout, off by default, starts with the first request, is called off for good by the first script that is imported, and otherwise stops the process.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.accepted', 'application.loaded'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script and wsgi_monitor_thread',
    'mod_wsgi manual, WSGIDaemonProcess, startup-timeout=sss',
  ],
  why: 'A process whose application cannot be imported, because a database was away for a moment, begins afresh.',
  judge: (run) =>
    judgeEach(
      timedEnds(run, 'startup-timeout').filter(({ requests }) => requests.length > 0),
      'no daemon process that had a request went because of startup-timeout',
      (end) => {
        const { event, group } = end;
        const first = Math.min(...end.requests.map((request) => acceptedAt(end, request)));
        const loaded = eventsOf(run.trace, 'application.loaded').find(
          ({ process, seq, at }) => process === event.process && seq < event.seq && at >= first,
        );
        if (group.startupTimeout === 0 || loaded)
          return {
            says: `${event.process} went because of startup-timeout ${loaded ? `although it had loaded ${loaded.script}` : 'and has none'}`,
            seqs: [...(loaded ? [loaded.seq] : []), event.seq],
          };
        return tooEarly(end, first + group.startupTimeout, 'its first request');
      },
    ),
};
