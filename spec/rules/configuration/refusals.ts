/** Requests that the configuration forbids to reach an application: the server must say so itself. */
import type { RefusalReason } from '../../routing/route.ts';
import { routeOf } from '../configured.ts';
import { outcomeOf, type RequestHistory, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRun, type Judgement, judgeEach } from '../rule.ts';

/** Judges that every request refused for this reason is answered with 500 and enters no application. */
export const judgeRefusals = (run: ApacheRun, why: RefusalReason, otherwise: string): Judgement =>
  judgeEach(refusedFor(run, why), otherwise, (request) => {
    const [entered] = request.observed;
    if (entered)
      return {
        says: `${request.id} ran an application in process ${entered.seen.pid} instead of being answered with 500`,
        seqs: seqsOf(request),
      };
    return request.outcome?.kind === 'request.finished' && request.outcome.status === 500
      ? null
      : { says: `${request.id} ${outcomeOf(request)}, not 500`, seqs: seqsOf(request) };
  });

/** The requests with an outcome that the configuration refuses for this reason. */
const refusedFor = (run: ApacheRun, why: RefusalReason): readonly RequestHistory[] =>
  requestHistories(run.trace).filter((request) => {
    const to = routeOf(run, request);
    if (request.outcome === null || to.kind !== 'refused' || to.why !== why) return false;
    // What a variable of the server's own environment names is not in a run.
    return !to.mount.processGroup.startsWith('%{ENV:');
  });
