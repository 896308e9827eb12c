import { eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { processLimit, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

/** Judged where the group of the importing process has no other process that could take the request. */
export const importsStallTheProcess: ApacheRule = {
  id: 'ISO-LOCK-01',
  level: 'must',
  area: 'isolation',
  says: 'Module lookup for every request takes one process-wide lock that is held during script import, so a slow first import of one application stalls requests for every other application in that process.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'act.performed', 'import.stalled'],
  source: ['mod_wsgi 6.0.5, wsgi_execute.c, wsgi_execute_script', 'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_module_lock'],
  why: 'Applications that share a process share the start of the slowest.',
  judge: (run) =>
    judgeEach(
      stalled(run),
      'nobody asked for another application of a process while it imported a script',
      ({ request, script, since, until }) => {
        const entry = request.observed.find(({ seq }) => seq < until);
        return entry
          ? {
              says: `${request.id} got into its application while its process imported ${script}`,
              seqs: [since, ...seqsOf(request)],
            }
          : null;
      },
    ),
};

/** Requests that were sent to a process while it imported another script. */
function stalled(run: ApacheRun) {
  const requests = requestHistories(run.trace);
  return eventsOf(run.trace, 'import.stalled').flatMap(({ seq: since, script }) => {
    const until =
      eventsOf(run.trace, 'act.performed').find(
        ({ seq, act }) => seq > since && act.kind === 'mend' && act.script === script,
      )?.seq ?? Number.POSITIVE_INFINITY;
    // Whoever asked for it last: nobody else is under way.
    const importer = requests.findLast(({ sent }) => sent.seq < since);
    const home = importer && routeOf(run, importer);
    if (home?.kind !== 'application' || home.mount.script !== script) return [];
    return requests.flatMap((request) => {
      const to = routeOf(run, request);
      const isBeside =
        to.kind === 'application' &&
        to.mount.processGroup === home.mount.processGroup &&
        to.mount.script !== script &&
        processLimit(run, to.mount.processGroup) === 1;
      return isBeside && request.sent.seq > since && request.sent.seq < until
        ? [{ request, script, since, until }]
        : [];
    });
  });
}
