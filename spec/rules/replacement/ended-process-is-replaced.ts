import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { type ProvokedEnd, provokedEnds } from '../endings.ts';
import { outcomeOf, type RequestHistory, requestHistories, seqsOf, waitedTooLong } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

/** How long a group may be short of a process. LIFE-REPLACE-03 says about one second; a slow machine gets more. */
const patience = 5000;

export const endedProcessIsReplaced: ApacheRule = {
  id: 'LIFE-REPLACE-01',
  level: 'must',
  area: 'replacement',
  says: 'Whenever a daemon process ends, by exit or by signal and whatever the status, the server starts another one, unless it is stopping or restarting itself.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_manage_process', 'httpd 2.4, prefork.c, prefork_run'],
  why: 'No supervisor beside Apache is needed; a crash costs the requests in the process and nothing more.',
  judge: (run) =>
    judgeEach(
      [...seenByClients(run), ...seenInside(run)],
      'no daemon process ended with requests to its group afterwards',
      ({ against }) => against,
    ),
};

/** The first request to the group of a process that certainly ended must get in, and not into that process. */
const seenByClients = (run: ApacheRun): readonly { against: Objection | null }[] =>
  provokedEnds(run).flatMap((end) => {
    const next = requestHistories(run.trace).find(
      (request) => isFor(run, request, end) && !isGivenUp(request, end.group),
    );
    if (!next) return [];
    const [entered] = next.observed;
    const says = !entered
      ? `${next.id}, the next request to ${end.group.name} after the end of a process, ${outcomeOf(next)}`
      : entered.seen.process === end.process && processCount(end.group) === 1 && end.by === 'exit'
        ? `${next.id} ran in process ${entered.seen.pid} after that had ended`
        : null;
    return [{ against: says === null ? null : { says, seqs: [end.seq, ...seqsOf(next)] } }];
  });

/** The server gave up on it sooner than a replacement must be there. */
const isGivenUp = (request: RequestHistory, group: DaemonGroup): boolean =>
  waitedTooLong(request, group) && (request.outcome?.at ?? 0) - request.sent.at < patience;

const isFor = (run: ApacheRun, request: RequestHistory, end: ProvokedEnd): boolean => {
  if (request.sent.seq < end.seq || request.outcome === null || request.sent.behave !== undefined) return false;
  const to = routeOf(run, request);
  return to.kind === 'application' && to.mount.processGroup === end.group.name;
};

/** What a world that shows processes adds: for each one that ended another one is started. */
function seenInside(run: ApacheRun): readonly { against: Objection | null }[] {
  const spawned = eventsOf(run.trace, 'process.spawned');
  const last = run.trace.findLast((event) => !('because' in event && event.because === 'server-stop'));
  return run.deployment.daemons.flatMap((group) => {
    const ofGroup = spawned.filter(({ processGroup }) => processGroup === group.name);
    const own = new Set(ofGroup.map(({ process }) => process));
    const ends = eventsOf(run.trace, 'process.exited').filter(
      ({ process, because }) => own.has(process) && because !== 'server-stop' && because !== 'server-restart',
    );
    return ends.map((end, index) => {
      // Beside the processes of the start, one start for each end so far.
      const isReplaced = ofGroup.length >= processCount(group) + index + 1;
      const hadTime = last !== undefined && last.at - end.at > patience;
      return {
        against:
          isReplaced || !hadTime
            ? null
            : { says: `${end.process} ended and nothing was started in its place`, seqs: [end.seq] },
      };
    });
  });
}
