import { eventsOf } from '../../trace.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const eachProcessNoticesByItself: ApacheRule = {
  id: 'RELOAD-DAEMON-04',
  level: 'must',
  area: 'reloading',
  says: 'Each daemon process notices a change by itself when it gets a request, so processes may run old and new code at the same time.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.stopping', 'request.replayed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script', 'mod_wsgi manual, Reloading Source Code'],
  why: 'After a touch some visitors still see the old version until every process has had a request.',
  judge: ({ trace }) => {
    const refused = new Set(eventsOf(trace, 'request.replayed').map(({ process }) => process));
    return judgeEach(
      eventsOf(trace, 'process.stopping').filter(({ because }) => because === 'script-changed'),
      'no process ended because a script changed',
      ({ process, seq }) =>
        refused.has(process)
          ? null
          : { says: `${process} ended because a script changed, and no request had told it so`, seqs: [seq] },
    );
  },
};
