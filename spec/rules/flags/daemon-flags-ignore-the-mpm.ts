import { maxChildren } from '../../deployments/apache.ts';
import { daemonEntries } from '../histories.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

/** Exercised only where the group and the MPM would give different flags. */
export const daemonFlagsIgnoreTheMpm: ApacheRule = {
  id: 'FLAG-DAEMON-05',
  level: 'must',
  area: 'flags',
  says: 'In a daemon process the flags are those of its group; the MPM of the Apache children in front has no influence.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process'],
  why: 'Daemon mode is not a kind of MPM: the choice of prefork or event does not reach the application behind it.',
  judge: (run) => {
    const { children } = run.deployment;
    const ofMpm = { multithread: children.threadsPerChild !== 1, multiprocess: maxChildren(children) !== 1 };
    return judgeEach(
      daemonEntries(run).flatMap((entry) => {
        const ofGroup = { multithread: entry.group.threads !== 1, multiprocess: entry.group.processes !== null };
        const differ = (['multithread', 'multiprocess'] as const).filter((flag) => ofGroup[flag] !== ofMpm[flag]);
        return differ.length > 0 ? [{ ...entry, differ, ofGroup }] : [];
      }),
      'no application was entered in a group whose flags differ from those of the Apache children',
      ({ request, seen, seq, differ, ofGroup, group }) => {
        const wrong = differ.find((flag) => seen[flag] !== ofGroup[flag]);
        return wrong
          ? {
              says: `${request.id} in ${group.name} saw wsgi.${wrong} ${python(seen[wrong])}, as the ${run.deployment.server.mpm} children would`,
              seqs: [seq],
            }
          : null;
      },
    );
  },
};
