import { routeOf } from '../configured.ts';
import { isDamaged } from '../damage.ts';
import { isCalm } from '../endings.ts';
import { outcomeOf, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/** What is answered where the name is missing: 404 in embedded mode, 500 in daemon mode. */
const missing: ReadonlySet<number> = new Set([404, 500]);

export const callableIsLookedUpByItsName: ApacheRule = {
  id: 'CONF-CALL-01',
  level: 'must',
  area: 'configuration',
  says: 'The application is the attribute of the script’s module that WSGICallableObject names, by default application; a script without it gives 404 in embedded mode and 500 in daemon mode.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'request.finished'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script and wsgi_execute_remote',
    'mod_wsgi manual, WSGICallableObject',
  ],
  why: 'A script may hold several applications, and one that was renamed is gone as if its file were.',
  judge: (run) =>
    judgeEach(
      requestHistories(run.trace).filter((request) => {
        const to = routeOf(run, request);
        const { sent, outcome } = request;
        return (
          to.kind === 'application' &&
          to.mount.callable !== 'application' &&
          sent.behave === undefined &&
          outcome?.kind === 'request.finished' &&
          isCalm(run.trace, sent.seq, outcome.seq) &&
          !isDamaged(run, request)
        );
      }),
      'no script was asked for an application of another name',
      (request) =>
        request.observed.length === 0 &&
        request.outcome?.kind === 'request.finished' &&
        missing.has(request.outcome.status)
          ? { says: `${request.id} found no application of its name and ${outcomeOf(request)}`, seqs: seqsOf(request) }
          : null,
    ),
};
