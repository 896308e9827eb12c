import { type EventOf, eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { outcomeOf, type RequestHistory, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

export const failedScriptIsTriedAgain: ApacheRule = {
  id: 'LIFE-LOAD-02',
  level: 'must',
  area: 'replacement',
  says: 'A script that fails to import gives 500 and is tried again by the next request in the same process.',
  appliesTo: bothModes,
  needs: ['application.failed', 'request.accepted', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_load_source and wsgi_execute_script'],
  why: 'A mended script serves at once, and one that is broken runs its first lines at every request.',
  judge: (run) =>
    judgeEach(attempts(run), 'no request came to a script that raised', ({ request, again, isFirst }) => {
      const { outcome } = request;
      if (isFirst && !(outcome?.kind === 'request.finished' && outcome.status === 500))
        return { says: `${request.id} came to a script that raised and ${outcomeOf(request)}`, seqs: seqsOf(request) };
      return again
        ? null
        : { says: `${request.id} came to a script that had raised, and it was not tried again`, seqs: seqsOf(request) };
    }),
};

/** Requests one by one in a process where their script raised, for this request or the one before. */
const attempts = (run: ApacheRun) =>
  eventsOf(run.trace, 'application.failed').flatMap((failed, index, all) => {
    const isFirst = all.findIndex((other) => isSame(other, failed)) === index;
    const comers = requestHistories(run.trace).filter(
      (request) =>
        request.accepted.at(-1)?.process === failed.process && isFor(run, request, failed) && request.outcome,
    );
    const own = comers.find(({ sent, outcome }) => sent.seq < failed.seq && failed.seq < (outcome?.seq ?? 0));
    const next = comers.find(({ sent }) => sent.seq > failed.seq && sent.seq > (own?.outcome?.seq ?? 0));
    const tried = (until: number): boolean =>
      run.trace.some(
        (event) =>
          (event.kind === 'application.failed' ||
            event.kind === 'application.loaded' ||
            event.kind === 'application.reloaded') &&
          isSame(event, failed) &&
          event.seq > failed.seq &&
          event.seq < until,
      );
    return [
      ...(own && isFirst ? [{ request: own, again: true, isFirst }] : []),
      ...(next ? [{ request: next, again: tried(next.outcome?.seq ?? 0), isFirst: false }] : []),
    ];
  });

const isFor = (run: ApacheRun, request: RequestHistory, { script, applicationGroup }: Where): boolean => {
  const route = routeOf(run, request);
  return (
    route.kind === 'application' && route.mount.script === script && route.mount.applicationGroup === applicationGroup
  );
};

type Where = Pick<EventOf<'application.failed'>, 'process' | 'applicationGroup' | 'script'>;
const isSame = (a: Where, b: Where): boolean =>
  a.process === b.process && a.applicationGroup === b.applicationGroup && a.script === b.script;
