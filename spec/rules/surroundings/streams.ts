/** The standard streams as applications meet them. */
import type { Observation } from '../../trace.ts';
import { entriesOf, firstOfEach } from '../histories.ts';
import { type ApacheRun, type Judgement, judgeEach } from '../rule.ts';

/** Judges that a stream is restricted in every interpreter, or in none. */
export const judgeStream = (
  run: ApacheRun,
  name: string,
  isRestricted: (seen: Observation) => boolean,
  wanted: boolean,
): Judgement =>
  judgeEach(
    firstOfEach(entriesOf(run.trace), ({ seen }) =>
      JSON.stringify([seen.process, seen.interpreter, isRestricted(seen)]),
    ),
    'no application was entered',
    ({ request, seen, seq }) =>
      isRestricted(seen) === wanted
        ? null
        : { says: `${request.id} ${wanted ? 'could' : 'could not'} use ${name} in process ${seen.pid}`, seqs: [seq] },
  );
