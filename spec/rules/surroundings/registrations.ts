/** Signal handlers that requests tried to register. */
import type { Registration } from '../../trace.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRun, type Judgement, judgeEach } from '../rule.ts';

/** Judges what became of them. @param wanted - Null where another rule is asked. */
export const judgeRegistrations = (run: ApacheRun, wanted: Registration | null): Judgement =>
  judgeEach(
    entriesOf(run.trace).filter(({ seen }) => wanted !== null && seen.registration !== null && isJudged(run, seen)),
    'no request registered a signal handler under that setting',
    ({ request, seen, seq }) =>
      seen.registration === wanted
        ? null
        : { says: `the handler that ${request.id} registered was ${seen.registration}, not ${wanted}`, seqs: [seq] },
  );

/** Under prefork requests run on the main thread, and without request threads nothing is restricted. */
const isJudged = ({ deployment }: ApacheRun, seen: { readonly processGroup: string | null }): boolean =>
  deployment.surroundings.restrictSignal || seen.processGroup !== '' || deployment.server.mpm !== 'prefork';
