import { eventsOf } from '../../trace.ts';
import { undisturbedUntil } from '../calm.ts';
import { hasBroken } from '../damage.ts';
import { deathsOf } from '../deaths.ts';
import { outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { aliveAt } from '../lifespans.ts';
import { judgeEach, type Objection, type UwsgiRule } from '../rule.ts';
import { replacementPatience } from './replacement-patience.ts';

/** Exit code 15 is how a worker asks to be saved, and is left alone. Source: uWSGI 2.0, uwsgi.h, UWSGI_GO_CHEAP_CODE. */
const asksToBeSaved = 15;

export const uwsgiMasterRespawnsWorkers: UwsgiRule = {
  id: 'LIFE-UWSGI-08',
  level: 'must',
  area: 'replacement',
  says: 'A dead worker is respawned where there is a master, and is not where there is none.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'process.appeared'],
  source: [
    'uWSGI 2.0, core/master.c, master_loop: waitpid, then uwsgi_respawn_worker',
    'uWSGI manual, Things to know: always start with a master process',
  ],
  why: 'Without a master the first crash makes the server smaller, and the last one ends it.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      deathsOf(trace).flatMap((death) => {
        const end = undisturbedUntil(trace, death.over);
        const later = requestHistories(trace).filter(
          ({ sent, outcome }) => death.over < sent.seq && outcome !== null && outcome.seq < end,
        );
        return later.length > 0 && death.code !== asksToBeSaved && !hasBroken(trace, death.over)
          ? [{ death, later, end }]
          : [];
      }),
      'no worker died with requests afterwards',
      ({ death, later, end }): Objection | null => {
        if (!deployment.master) {
          const added = eventsOf(trace, 'process.appeared').find(({ seq }) => death.over < seq && seq < end);
          return added
            ? {
                says: `worker ${death.pid} died, and ${added.pid} was started without a master`,
                seqs: [death.over, added.seq],
              }
            : null;
        }
        const lost = later.find((request) => !succeeded(request));
        if (lost)
          return {
            says: `${lost.id}, which was sent after worker ${death.pid} had died, ${outcomeOf(lost)}`,
            seqs: [death.over, ...seqsOf(lost)],
          };
        const before = trace.findLast(({ seq }) => seq < end);
        const died = trace.find(({ seq }) => seq === death.over);
        if (!before || !died || before.at - died.at < replacementPatience + deployment.forkbombDelay) return null;
        const least = deployment.cheaper?.min ?? deployment.processes;
        const alive = aliveAt(trace, before.seq)?.size ?? least;
        return alive < least
          ? {
              says: `worker ${death.pid} died, and ${alive} of ${least} workers were left`,
              seqs: [death.over, before.seq],
            }
          : null;
      },
    ),
};
