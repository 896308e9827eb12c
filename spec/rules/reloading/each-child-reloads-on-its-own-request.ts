import { mounted } from '../configured.ts';
import { isCalm } from '../endings.ts';
import { embeddedEntries, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { insideAt } from '../overlaps.ts';
import { type ApacheRule, type ApacheRun, embedded, judgeEach, type Objection } from '../rule.ts';
import { returnsOf, touchesOf } from './touches.ts';

export const eachChildReloadsOnItsOwnRequest: ApacheRule = {
  id: 'RELOAD-EMBED-02',
  level: 'must',
  area: 'reloading',
  says: 'Each Apache child executes the script again on its own next request for it, and requests already inside the old module finish there.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script'],
  why: 'After a touch visitors meet old and new code in turn until every child has had a request.',
  judge: (run) =>
    judgeEach(
      [...furtherChildren(run), ...insideTheOldModule(run)],
      'no script was touched that two children had loaded, or with a request inside',
      ({ against }) => against,
    ),
};

/** The children after the first: each of them still had the old code and must load it anew itself. */
const furtherChildren = (run: ApacheRun): readonly { against: Objection | null }[] => {
  const returns = returnsOf(run).filter(({ after }) => after.seen.processGroup === '' && after.mount.scriptReloading);
  return returns
    .filter(({ touch, after }, index) =>
      returns
        .slice(0, index)
        .some((earlier) => earlier.touch === touch && earlier.after.seen.process !== after.seen.process),
    )
    .map(({ touch, before, after }) => ({
      against:
        before.seen.scriptGlobals === after.seen.scriptGlobals
          ? {
              says: `child ${after.seen.pid} ran ${after.request.id} with the code from before the touch of ${touch.script}`,
              seqs: [before.seq, touch.seq, after.seq],
            }
          : null,
    }));
};

const insideTheOldModule = (run: ApacheRun): readonly { against: Objection | null }[] => {
  const entries = mounted(run, embeddedEntries(run));
  return touchesOf(run).flatMap((touch) =>
    insideAt(entries, touch.seq).flatMap((entry) => {
      const { request, mount } = entry;
      if (request.outcome === null || mount.script !== touch.script) return [];
      if (!isCalm(run.trace, touch.seq, request.outcome.seq)) return [];
      const against = succeeded(request)
        ? null
        : {
            says: `${request.id} was inside ${touch.script} when that was touched, and ${outcomeOf(request)}`,
            seqs: [touch.seq, ...seqsOf(request)],
          };
      return [{ against }];
    }),
  );
};
