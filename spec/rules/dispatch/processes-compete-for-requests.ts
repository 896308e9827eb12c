import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { routeOf } from '../configured.ts';
import { type RequestHistory, requestHistories } from '../histories.ts';
import { unfinishedAt } from '../overlaps.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

/**
 * That the kernel's order is nobody's policy cannot be seen in a run: any order may come by chance. What can be seen is
 * that a request is tied to no process: it does not wait while a thread of another one is idle.
 */
export const processesCompeteForRequests: ApacheRule = {
  id: 'DISP-SOCK-02',
  level: 'must',
  area: 'dispatch',
  says: 'The processes of a group take turns at accepting by a mutex, one idle thread of each waits for it, and no round-robin or least-loaded policy is applied: whichever process has its turn takes the request.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['request.sent', 'request.queued', 'request.finished', 'process.ready', 'process.exited'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_worker and wsgi_start_daemons'],
  why: 'Requests of one user reach different processes, so a session must not be kept in memory.',
  judge: (run) => {
    const groups = run.deployment.daemons.filter((group) => processCount(group) > 1);
    return judgeEach(
      groups.flatMap((group) => arrivals(run, group)),
      'no request came to a group of several processes while a thread was idle',
      ({ request, group, free, queued }) =>
        queued === null
          ? null
          : { says: `${request} waited for ${group.name} while ${free} of its threads were idle`, seqs: [queued] },
    );
  },
};

interface Arrival {
  readonly request: string;
  readonly group: DaemonGroup;
  readonly free: number;
  /** The event by which it began to wait; null where it did not. */
  readonly queued: number | null;
}

/** The requests that came, or began to wait, while fewer were under way than the ready processes have threads. */
function arrivals(run: ApacheRun, group: DaemonGroup): readonly Arrival[] {
  const ofGroup = requestHistories(run.trace).filter((request) => {
    const to = routeOf(run, request);
    return to.kind === 'application' && to.mount.processGroup === group.name;
  });
  const queued = eventsOf(run.trace, 'request.queued').filter((event) => event.processGroup === group.name);
  return ofGroup.flatMap((request): readonly Arrival[] => {
    const waits = queued.filter((event) => event.request === request.id);
    const places = waits.length > 0 ? waits.map(({ seq }) => seq) : request.accepted.map(({ seq }) => seq);
    return places.flatMap((seq) => {
      const others = unfinishedAt(ofGroup, seq).filter(({ id }) => id !== request.id).length;
      if (ofGroup.some((other) => mayLinger(other, seq))) return [];
      const free = readyAt(run, group, seq) * group.threads - others;
      return free > 0 ? [{ request: request.id, group, free, queued: waits.length > 0 ? seq : null }] : [];
    });
  });
}

/** Its thread may go on after the client has its answer, or has gone. */
const mayLinger = ({ outcome }: RequestHistory, seq: number): boolean =>
  outcome !== null && outcome.seq < seq && (outcome.kind === 'request.failed' || outcome.status === 504);

/** How many processes of a group were ready, and not on their way out, when event `seq` happened. */
function readyAt({ trace }: ApacheRun, group: DaemonGroup, seq: number): number {
  const ready = new Set<string>();
  const members = new Set<string>();
  for (const event of trace) {
    if (event.seq >= seq) break;
    if (event.kind === 'process.spawned' && event.processGroup === group.name) members.add(event.process);
    if (event.kind === 'process.ready' && members.has(event.process)) ready.add(event.process);
    if (event.kind === 'process.draining' || event.kind === 'process.stopping' || event.kind === 'process.exited')
      ready.delete(event.process);
  }
  return ready.size;
}
