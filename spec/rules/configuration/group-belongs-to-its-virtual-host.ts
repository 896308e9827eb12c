import { routeOf } from '../configured.ts';
import { isDamaged } from '../damage.ts';
import { isCalm } from '../endings.ts';
import { outcomeOf, type RequestHistory, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

export const groupBelongsToItsVirtualHost: ApacheRule = {
  id: 'CONF-PG-04',
  level: 'must',
  area: 'configuration',
  says: 'A group declared in a virtual host is usable from virtual hosts with the same ServerName only, and fails with 500 elsewhere; a group declared at server level is usable everywhere.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_remote', 'mod_wsgi manual, WSGIDaemonProcess'],
  why: 'Two virtual hosts can share daemon processes only where the group stands outside both.',
  judge: (run) =>
    judgeEach(
      crossings(run),
      'no request selects a group that was declared at another level than its own host',
      ({ request, usable, group }) => (usable ? mustReach(run, request, group) : mustFail(request)),
    ),
};

interface Crossing {
  readonly request: RequestHistory;
  readonly group: string;
  readonly usable: boolean;
}

const crossings = (run: ApacheRun): readonly Crossing[] =>
  requestHistories(run.trace).flatMap((request): readonly Crossing[] => {
    const to = routeOf(run, request);
    if (to.kind === 'unmapped' || request.outcome === null || request.sent.behave || isDamaged(run, request)) return [];
    const group = run.deployment.daemons.find((daemon) => daemon.name === to.mount.processGroup);
    if (!group || group.host === to.mount.host) return [];
    if (to.kind === 'application') return [{ request, group: group.name, usable: true }];
    return to.why === 'process-group-of-another-host' ? [{ request, group: group.name, usable: false }] : [];
  });

const answered500 = ({ outcome }: RequestHistory): boolean =>
  outcome?.kind === 'request.finished' && outcome.status === 500;

const mustFail = (request: RequestHistory): Objection | null =>
  request.observed.length === 0 && answered500(request)
    ? null
    : { says: `${request.id} selects the group of another host and ${outcomeOf(request)}`, seqs: seqsOf(request) };

function mustReach(run: ApacheRun, request: RequestHistory, group: string): Objection | null {
  const [entered] = request.observed;
  if (entered)
    return entered.seen.processGroup === group
      ? null
      : {
          says: `${request.id} may use ${group} and ran in ${JSON.stringify(entered.seen.processGroup)}`,
          seqs: seqsOf(request),
        };
  // A process that is told to end meanwhile may take the request with it.
  return answered500(request) && isCalm(run.trace, request.sent.seq, request.outcome?.seq ?? 0)
    ? { says: `${request.id} may use ${group} and was answered 500`, seqs: seqsOf(request) }
    : null;
}
