import type { Trace } from '../../trace.ts';
import { restarts } from '../restarts/server-signals.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { isOfServer, type Succession, successions } from './successions.ts';

/** The second, and what a slow machine takes beside it. In ms. */
const patience = 3000;

export const replacementFollowsWithinASecond: ApacheRule = {
  id: 'LIFE-REPLACE-03',
  level: 'should',
  area: 'replacement',
  says: 'The replacement of a daemon process that took requests follows within about one second, because the server looks for dead processes once a second at least.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.spawned', 'process.ready', 'process.exited'],
  source: [
    'httpd 2.4, mpm_common.c, ap_wait_or_timeout',
    'probed with mod_wsgi 4.9.4 and 6.0.5: 0.4 s from SIGKILL to the next response',
  ],
  why: 'Requests wait that long when the only process of a group is lost, and then for Python and the application to start.',
  judge: (run) =>
    judgeEach(
      successions(run).filter(
        (one) => one.wasReady && !isOfServer(one.ended.because) && !isDuringARestart(run.trace, one),
      ),
      'no daemon process that took requests was replaced',
      ({ processGroup, ended, next }) =>
        next.at - ended.at <= patience
          ? null
          : {
              says: `${processGroup} was short of a process for ${next.at - ended.at} ms after the end of ${ended.process}`,
              seqs: [ended.seq, next.seq],
            },
    ),
};

/** In the middle of a restart nothing is started: the new processes are, when all those of before are gone. */
const isDuringARestart = (trace: Trace, { ended, next }: Succession): boolean =>
  restarts(trace).some(({ from, seq }) => from < next.seq && seq > ended.seq);
