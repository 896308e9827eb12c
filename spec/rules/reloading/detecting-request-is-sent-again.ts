import { processCount } from '../../deployments/apache.ts';
import type { Mark } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { isDamaged } from '../damage.ts';
import { outcomeOf, type RequestHistory, requestHistories, seqsOf, succeeded, waitedTooLong } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';
import { discoveriesOf } from './touches.ts';

export const detectingRequestIsSentAgain: ApacheRule = {
  id: 'RELOAD-DAEMON-03',
  level: 'must',
  area: 'reloading',
  says: 'The request that finds the script changed is sent again to the group, at most 2 × processes + 1 times, and never reaches the old code; only after that may the client get 503.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script and wsgi_execute_remote'],
  why: 'A deployment by touch costs the first visitor some time and nobody an error.',
  judge: (run) => {
    const old = new Map(discoveriesOf(run).map((discovery) => [discovery.request.id, discovery.old]));
    return judgeEach(
      // What a world that shows replays adds: discoveries in groups of several processes.
      requestHistories(run.trace).filter(({ id, replayed }) => old.has(id) || replayed.length > 0),
      'no request found its script changed in a daemon process',
      (request) => reachedOldCode(request, old.get(request.id) ?? null) ?? brokenOff(run, request),
    );
  },
};

function reachedOldCode(request: RequestHistory, old: Mark | null): Objection | null {
  const [entered, again] = request.observed;
  if (entered && again) return { says: `${request.id} entered the application twice`, seqs: [entered.seq, again.seq] };
  return entered?.seen.process === old
    ? { says: `${request.id} found the change and reached the old code all the same`, seqs: seqsOf(request) }
    : null;
}

function brokenOff(run: ApacheRun, request: RequestHistory): Objection | null {
  const to = routeOf(run, request);
  const group = run.deployment.daemons.find(
    (daemon) => to.kind === 'application' && daemon.name === to.mount.processGroup,
  );
  if (!group) return null;
  const most = 2 * processCount(group) + 1;
  if (request.replayed.length > most)
    return {
      says: `${request.id} was sent again ${request.replayed.length} times, ${most} are allowed`,
      seqs: request.replayed.map(({ seq }) => seq),
    };
  if (succeeded(request) || request.outcome === null || request.sent.behave || waitedTooLong(request, group))
    return null;
  if (isDamaged(run, request)) return null;
  const mayGiveUp = request.replayed.length === most && request.outcome.kind === 'request.finished';
  return mayGiveUp && request.outcome.status === 503
    ? null
    : { says: `${request.id} found the change and ${outcomeOf(request)}`, seqs: seqsOf(request) };
}
