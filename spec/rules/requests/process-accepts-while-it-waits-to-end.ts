import { processCount } from '../../deployments/apache.ts';
import { isCalm } from '../endings.ts';
import { requestHistories } from '../histories.ts';
import { type Meeting, meetings } from '../overlaps.ts';
import { findsRoom } from '../room.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

/** Judged where the group has one process, so that there is nowhere else to go, and before the deadline comes near. */
export const processAcceptsWhileItWaitsToEnd: ApacheRule = {
  id: 'LIFE-MAXREQ-03',
  level: 'must',
  area: 'requests',
  says: 'When the limit is reached while other requests are in progress and graceful-timeout is not 0, the process goes on accepting until a moment with none in progress, or until the deadline.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_worker',
    'mod_wsgi manual, WSGIDaemonProcess, graceful-timeout=sss (15 seconds since 4.9.0)',
  ],
  why: 'Under steady load a process outlives its limit by far, so the limit is no bound on memory.',
  judge: (run) =>
    judgeEach(
      meetings(run.trace).filter((meeting) => isBeyondTheLimit(run, meeting)),
      'no request came while a process at its limit had another one in progress',
      ({ held, arriving, entry, together }) =>
        together && entry?.seen.process === held.seen.process
          ? null
          : {
              says: `process ${held.seen.pid} had reached its limit with ${held.request.id} in progress, and did not accept ${arriving.id}`,
              seqs: [held.seq, arriving.sent.seq, ...(entry ? [entry.seq] : [])],
            },
    ),
};

function isBeyondTheLimit(run: ApacheRun, { held, arriving, entry }: Meeting): boolean {
  const group = run.deployment.daemons.find((daemon) => daemon.name === held.seen.processGroup);
  if (!group || group.maximumRequests === 0 || group.gracefulTimeout === 0 || processCount(group) !== 1) return false;
  if (arriving.sent.behave !== undefined || !isSameAddress(held.request.sent.to, arriving.sent.to)) return false;
  const requests = requestHistories(run.trace);
  const finished = requests.filter(
    ({ observed, outcome }) =>
      outcome !== null &&
      outcome.seq < arriving.sent.seq &&
      observed.some((one) => one.seen.process === held.seen.process),
  );
  const latest = Math.max(0, ...finished.map(({ outcome }) => outcome?.at ?? 0));
  const until = entry?.seq ?? arriving.outcome?.seq;
  return (
    finished.length >= group.maximumRequests &&
    // Every further completion moves the deadline (LIFE-MAXREQ-04).
    arriving.sent.at - latest < group.gracefulTimeout / 2 &&
    findsRoom(run, arriving, group.name) &&
    until !== undefined &&
    isCalm(run.trace, held.seq, until)
  );
}

const isSameAddress = (a: { host: string; port: number; path: string }, b: typeof a): boolean =>
  a.host === b.host && a.port === b.port && a.path === b.path;
