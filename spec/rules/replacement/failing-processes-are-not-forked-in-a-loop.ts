import { processCount } from '../../deployments/apache.ts';
import { lateness } from '../lateness.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';
import { isOfServer, type Succession, successions } from './successions.ts';

/** How often the parent of Apache looks for dead processes, in ms. */
const look = 1000;
/** So many starts may come sooner: whoever begins with short pauses, or looks just after the first one ended. */
const free = 2;

export const failingProcessesAreNotForkedInALoop: ApacheRule = {
  id: 'LIFE-REPLACE-04',
  level: 'must',
  area: 'replacement',
  says: 'Where processes of a group end before they are ready, others are started in their place, in the long run no more than one a second for each process that the group is to have.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.spawned', 'process.ready', 'process.exited'],
  source: [
    'httpd 2.4, mpm_common.c, ap_wait_or_timeout; mod_wsgi 4.9.4, mod_wsgi.c, wsgi_manage_process',
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_setup_access: sleep(20), "Don\'t die immediately to avoid a fork bomb"',
    'probed with mod_wsgi 4.9.4: an import script that exits is run every second',
  ],
  why: 'What a group costs that cannot start, and what its import scripts do again and again meanwhile.',
  judge: (run) =>
    judgeEach(
      failures(run).filter(({ rounds }) => rounds > free),
      `no group had more than ${free} processes in a row that ended before they were ready and were followed by another`,
      ({ rounds, count, first, ended, next, processGroup }) => {
        const lasted = next.at - first.at;
        return lasted >= (rounds - free) * look - lateness
          ? null
          : {
              says: `${next.process} was started ${lasted} ms after ${first.process}, and ${count} of ${processGroup} in a row, up to ${ended.process}, had never got ready by then`,
              seqs: [first.seq, ended.seq, next.seq],
            };
      },
    ),
};

interface Failure extends Succession {
  /** How many in a row of its group have ended so, this one included. */
  readonly count: number;
  /** The same for each process that the group is to have. */
  readonly rounds: number;
  /** The start of the first of them. */
  readonly first: Succession['spawned'];
}

/** Each end of a process that was never ready. One without threads is never ready, and ends when it has done its work. */
function failures(run: ApacheRun): readonly Failure[] {
  const groups = new Map(run.deployment.daemons.map((group) => [group.name, group]));
  const rows = new Map<string, readonly Succession[]>();
  return successions(run).flatMap((succession) => {
    const { processGroup, wasReady, ended, next } = succession;
    const row = wasReady || isOfServer(ended.because) ? [] : [...(rows.get(processGroup) ?? []), succession];
    // A restart begins anew, and at once.
    const isRestarted = run.trace.some(
      (event) =>
        event.seq > ended.seq && event.seq < next.seq && 'because' in event && event.because === 'server-restart',
    );
    rows.set(processGroup, isRestarted ? [] : row);
    const [first] = row;
    const group = groups.get(processGroup);
    if (first === undefined || isRestarted || !group || group.threads === 0) return [];
    const rounds = Math.ceil(row.length / processCount(group));
    return [{ ...succession, count: row.length, rounds, first: first.spawned }];
  });
}
