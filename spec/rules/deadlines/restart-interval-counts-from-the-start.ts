import { type ApacheRule, judgeEach } from '../rule.ts';
import { timedEnds, tooEarly } from './timed-ends.ts';

export const restartIntervalCountsFromTheStart: ApacheRule = {
  id: 'LIFE-RESTART-01',
  level: 'must',
  area: 'deadlines',
  says: 'The restart-interval is off by default and counts from the start of the process; when it is over the process stops at once if it is idle, and otherwise begins one graceful wait.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.spawned', 'process.draining', 'process.stopping'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_monitor_thread',
    'mod_wsgi manual, WSGIDaemonProcess, restart-interval=nnn',
  ],
  why: 'It is a lifetime, whatever the process does, and what it interrupts gets the graceful-timeout.',
  judge: (run) =>
    judgeEach(timedEnds(run, 'restart-interval'), 'no daemon process came to its restart-interval', (end) => {
      const { event, group, inside, spawned } = end;
      if (group.restartInterval === 0)
        return { says: `${event.process} went because of a restart-interval, and it has none`, seqs: [event.seq] };
      if (inside.length > 0 && event.kind === 'process.stopping' && run.deployment.server.modWsgi !== '6')
        return {
          says: `${event.process} did not wait for ${inside.map(({ request }) => request.id).join()}`,
          seqs: [...inside.map(({ seq }) => seq), event.seq],
        };
      return tooEarly(end, spawned.at + group.restartInterval, 'the start of the process');
    }),
};
