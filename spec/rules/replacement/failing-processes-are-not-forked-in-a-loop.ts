import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';
import { isOfServer, type Succession, successions } from './successions.ts';

/** The pause of mod_wsgi, in ms. */
const longest = 20_000;
/** A timer may be early by the part of a millisecond that is not shown. */
const rounding = 2;

/** What mod_wsgi waits at once, others may approach step by step: each pause is at least twice the one before. */
export const failingProcessesAreNotForkedInALoop: ApacheRule = {
  id: 'LIFE-REPLACE-04',
  level: 'must',
  area: 'replacement',
  says: 'Where processes of a group end before they are ready, the next one is not started in a tight loop but later and later, until 20 s lie between two of them; mod_wsgi waits these 20 s each time in a process that cannot be set up.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.spawned', 'process.ready', 'process.exited'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process and wsgi_setup_access: sleep(20), "Don\'t die immediately to avoid a fork bomb"',
    'Erlang/OTP supervisor, restart intensity and period',
  ],
  why: 'A group whose directory or user is missing costs a few forks a minute and not a processor, and the log stays readable.',
  judge: (run) =>
    judgeEach(
      failures(run),
      'no daemon process ended before it was ready and was followed by another',
      ({ count, spawned, ended, next, processGroup }) => {
        const lasted = next.at - spawned.at;
        return lasted >= Math.min(100 * 2 ** count, longest) - rounding
          ? null
          : {
              says: `${next.process} was started ${lasted} ms after ${ended.process}, which never got ready, and ${count} of ${processGroup} in a row had failed by then`,
              seqs: [spawned.seq, ended.seq, next.seq],
            };
      },
    ),
};

/** Each end of a process that was never ready, with the number of such ends in a row in its group. */
function failures(run: ApacheRun): readonly (Succession & { readonly count: number })[] {
  const counts = new Map<string, number>();
  return successions(run).flatMap((succession) => {
    const { processGroup, wasReady, ended, next } = succession;
    const count = wasReady || isOfServer(ended.because) ? 0 : (counts.get(processGroup) ?? 0) + 1;
    counts.set(processGroup, count);
    // A restart begins anew, and at once.
    const isRestarted = run.trace.some(
      (event) =>
        event.seq > ended.seq && event.seq < next.seq && 'because' in event && event.because === 'server-restart',
    );
    return count === 0 || isRestarted ? [] : [{ ...succession, count }];
  });
}
