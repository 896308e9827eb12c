/** What daemon processes were to be given, as far as their group says so, beside what their applications found. */
import type { DaemonGroup } from '../../deployments/apache.ts';
import type { Observation } from '../../trace.ts';
import { daemonEntries, firstOfEach } from '../histories.ts';
import { type ApacheRun, type Judgement, judgeEach } from '../rule.ts';

/** A thing that a group may give to its processes. */
interface Gift {
  readonly option: string;
  /** Null where the group says nothing of it. */
  readonly wanted: (group: DaemonGroup) => string | null;
  /** Null where a process could not tell. */
  readonly found: (seen: Observation) => string | null;
  readonly agrees?: (found: string, wanted: string) => boolean;
}

/** Judges every process, and every interpreter of it, by each gift that its group promises. */
export const judgeGifts = (run: ApacheRun, otherwise: string, gifts: readonly Gift[]): Judgement =>
  judgeEach(
    gifts.flatMap(({ option, wanted, found, agrees = Object.is }) =>
      firstOfEach(daemonEntries(run), ({ seen }) => JSON.stringify([seen.process, seen.interpreter])).flatMap(
        ({ group, request, seen, seq }) => {
          const [promise, gift] = [wanted(group), found(seen)];
          return promise === null || gift === null
            ? []
            : [{ option, promise, gift, request, seen, seq, isKept: agrees(gift, promise) }];
        },
      ),
    ),
    otherwise,
    ({ option, promise, gift, request, seen, seq, isKept }) =>
      isKept
        ? null
        : {
            says: `${request.id} found '${gift}' in process ${seen.pid}, and its group has ${option}=${promise}`,
            seqs: [seq],
          },
  );
