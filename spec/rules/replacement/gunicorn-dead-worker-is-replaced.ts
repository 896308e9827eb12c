import { undisturbedUntil } from '../calm.ts';
import { hasBroken } from '../damage.ts';
import { type Death, deathsOf } from '../deaths.ts';
import { outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { aliveAt } from '../lifespans.ts';
import { serverSignalled } from '../restarts/server-signals.ts';
import { anyGunicorn, type GunicornRule, judgeEach, type Objection } from '../rule.ts';
import { replacementPatience } from './replacement-patience.ts';

export const gunicornDeadWorkerIsReplaced: GunicornRule = {
  id: 'LIFE-GUNI-05',
  level: 'must',
  area: 'replacement',
  says: 'A dead worker is replaced until the configured number is alive, unless its exit status was 3 or 4, which ends the server.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: [
    'gunicorn 20.1, arbiter.py, reap_workers: WORKER_BOOT_ERROR = 3 and APP_LOAD_ERROR = 4 halt; manage_workers',
    'gunicorn manual, Design, Server Model',
  ],
  why: 'No supervisor is needed for crashes; but an application that exits with 3 or 4 takes the whole site down.',
  judge: ({ deployment, trace }) => {
    const tooFew = ({ pid, over }: Death, end: number): Objection | null => {
      // Signals may have changed the number.
      if (serverSignalled(trace).some(({ seq }) => seq < over)) return null;
      const before = trace.findLast(({ seq }) => seq < end);
      const died = trace.find(({ seq }) => seq === over);
      if (!before || !died || before.at - died.at < replacementPatience) return null;
      const alive = aliveAt(trace, before.seq)?.size;
      return alive !== undefined && alive < deployment.workers
        ? {
            says: `worker ${pid} died, and ${alive} of ${deployment.workers} workers were left`,
            seqs: [over, before.seq],
          }
        : null;
    };
    return judgeEach(
      deathsOf(trace).flatMap((death) => {
        const end = undisturbedUntil(trace, death.over);
        const later = requestHistories(trace).filter(
          ({ sent, outcome }) => death.over < sent.seq && outcome !== null && outcome.seq < end,
        );
        return later.length > 0 && !hasBroken(trace, death.over) ? [{ death, later, end }] : [];
      }),
      'no worker died with requests afterwards',
      ({ death, later, end }) => {
        const last = later.at(-1);
        if (!last) return null;
        // The others go on until they are told: by then the server has had its time.
        const died = trace.find(({ seq }) => seq === death.over);
        if (endsTheServer(death))
          return succeeded(last) && died && last.sent.at - died.at > replacementPatience + deployment.gracefulTimeout
            ? {
                says: `worker ${death.pid} exited with ${death.code}, and ${last.id} ${outcomeOf(last)} all the same`,
                seqs: [death.over, ...seqsOf(last)],
              }
            : null;
        const lost = later.find((request) => !succeeded(request));
        if (lost)
          return {
            says: `${lost.id}, which was sent after worker ${death.pid} had died, ${outcomeOf(lost)}`,
            seqs: [death.over, ...seqsOf(lost)],
          };
        return tooFew(death, end);
      },
    );
  },
};

const endsTheServer = ({ code }: Death): boolean => code === 3 || code === 4;
