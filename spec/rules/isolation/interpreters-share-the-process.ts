import { type Entry, entriesOf, succeeded } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

export const interpretersShareTheProcess: ApacheRule = {
  id: 'ISO-INTERP-09',
  level: 'must',
  area: 'isolation',
  says: 'The interpreters of one process share what belongs to the process: when one of them changes the working directory, it is changed for the others.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'request.finished'],
  source: ['mod_wsgi manual, Application Issues, Application Working Directory; User Rights And Access'],
  why: 'An application that calls os.chdir breaks the relative paths of every other application beside it.',
  judge: ({ trace }) => {
    const entries = entriesOf(trace);
    const changes = entries.filter(({ request }) => changeOf(request.sent.behave) !== null && succeeded(request));
    const followed = changes.flatMap((change) => {
      const ended = change.request.outcome?.seq ?? Number.POSITIVE_INFINITY;
      const next = entries.find((later) => later.request.sent.seq > ended && isNeighbour(later, change));
      const isLast = !changes.some(
        (other) =>
          other !== change && other.seq > change.seq && next !== undefined && other.request.sent.seq < next.seq,
      );
      return next && isLast ? [{ change, next }] : [];
    });
    return judgeEach(
      followed,
      'no process changed its working directory and then ran another interpreter',
      ({ change, next }) =>
        next.seen.workingDirectory === change.seen.workingDirectory
          ? null
          : {
              says: `${change.request.id} changed the working directory of process ${change.seen.pid} to ${change.seen.workingDirectory}, and ${next.request.id} in another interpreter of it was in ${next.seen.workingDirectory}`,
              seqs: [change.seq, next.seq],
            },
    );
  },
};

const changeOf = (behave: Entry['request']['sent']['behave']): string | null =>
  behave?.kind === 'change-directory' ? behave.directory : null;

const isNeighbour = ({ seen }: Entry, change: Entry): boolean =>
  seen.process === change.seen.process && seen.interpreter !== change.seen.interpreter;
