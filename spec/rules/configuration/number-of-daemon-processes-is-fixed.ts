import { processCount } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { isCalm, isSteady } from '../endings.ts';
import { daemonEntries, type Entry, firstOfEach, groupedBy } from '../histories.ts';
import { heldOf, insideAt } from '../overlaps.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

/** Exercised by load: a group that was asked for two things at once. */
export const numberOfDaemonProcessesIsFixed: ApacheRule = {
  id: 'CONF-DAEMON-02',
  level: 'must',
  area: 'configuration',
  says: 'The number of processes in a daemon group stays at the configured value; none is added or removed because of load.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_daemons', 'mod_wsgi manual, Processes And Threading'],
  why: 'A daemon group never grows to meet a rush, as Apache’s own children do: it queues.',
  judge: (run) => {
    const entries = daemonEntries(run);
    const loaded = [...groupedBy(entries, ({ group }) => group.name).values()].filter((ofGroup) =>
      hadTwoAtOnce(ofGroup, heldOf(ofGroup)),
    );
    return judgeEach(loaded, 'no group had two requests at once', (ofGroup) => {
      const group = ofGroup[0]?.group;
      if (!group) return null;
      const most = processCount(group);
      const held = heldOf(ofGroup);
      for (const entry of ofGroup) {
        const serving = firstOfEach([...insideAt(held, entry.seq), entry], ({ seen }) => seen.process);
        if (serving.length > most)
          return {
            says: `${serving.length} processes of ${group.name} served at once, and ${most} are configured`,
            seqs: serving.map(({ seq }) => seq),
          };
      }
      const seen = firstOfEach(ofGroup, (entry) => entry.seen.process);
      const surplus = seen[most];
      const first = seen[0];
      if (first && surplus && isSteady(group) && isCalm(run.trace, 0, surplus.seq))
        return {
          says: `${most + 1} processes of ${group.name} answered, ${most} are configured, and nothing had ended one`,
          seqs: seen.slice(0, most + 1).map(({ seq }) => seq),
        };
      return tooManyAlive(run, group.name, most);
    });
  },
};

const hadTwoAtOnce = (entries: readonly Entry[], held: readonly Entry[]): boolean =>
  entries.some((entry) => insideAt(held, entry.seq).length > 0);

/** What a world that shows processes adds: at no time are there more. */
function tooManyAlive(run: ApacheRun, processGroup: string, most: number): Objection | null {
  const gone = new Map(eventsOf(run.trace, 'process.exited').map(({ process, seq }) => [process, seq]));
  const spawned = eventsOf(run.trace, 'process.spawned').filter((event) => event.processGroup === processGroup);
  for (const latest of spawned) {
    const alive = spawned.filter(
      ({ process, seq }) => seq <= latest.seq && (gone.get(process) ?? Number.POSITIVE_INFINITY) > latest.seq,
    );
    if (alive.length > most)
      return {
        says: `${alive.length} processes of ${processGroup} existed at once, and ${most} are configured`,
        seqs: alive.map(({ seq }) => seq),
      };
  }
  return null;
}
