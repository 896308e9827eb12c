import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, timedEnds, tooEarly } from './timed-ends.ts';

export const inactivityBeginsWithTheFirstRequest: ApacheRule = {
  id: 'LIFE-IDLE-01',
  level: 'must',
  area: 'deadlines',
  says: 'The inactivity-timeout is off by default and its clock starts only with the first request, so that a process that never had one is not recycled.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.accepted'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_monitor_thread and Adapter_run',
    'mod_wsgi manual, WSGIDaemonProcess, inactivity-timeout=sss',
  ],
  why: 'A group that nobody asks keeps its processes, and one that is asked now and then loads its code each time.',
  judge: (run) =>
    judgeEach(timedEnds(run, 'inactivity-timeout'), 'no daemon process became inactive', (end) => {
      const { event, group, requests } = end;
      const [first] = requests;
      if (group.inactivityTimeout === 0 || !first)
        return {
          says: `${event.process} was inactive ${first ? 'without an inactivity-timeout' : 'before its first request'}`,
          seqs: [event.seq],
        };
      return tooEarly(end, acceptedAt(end, first) + group.inactivityTimeout, `the first request, ${first.id}`);
    }),
};
