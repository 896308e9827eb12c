import type { UwsgiDeployment } from '../../deployments/uwsgi.ts';
import type { Trace } from '../../trace.ts';
import { isUndisturbed } from '../calm.ts';
import { hasBroken } from '../damage.ts';
import { type Entry, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { lifespansOf } from '../lifespans.ts';
import { insideAt } from '../overlaps.ts';
import { judgeEach, type Objection, type UwsgiRule } from '../rule.ts';
import { type Done, insideAtOnset, serverSignalled, touched } from './server-signals.ts';
import { type Aftermath, aftermathOf, notReplaced, unanswered } from './told-to-go-on.ts';

/** The master looks at its files once a second, and may be slow. In ms. */
const lateness = 5000;

/** With `lazy` only the workers are restarted, each for itself. */
export const uwsgiReloadLetsWorkersFinishFirst: UwsgiRule = {
  id: 'RELOAD-UWSGI-01',
  level: 'must',
  area: 'restarts',
  says: 'SIGHUP to the master and a touch of a touch-reload file let the workers finish, and then start new ones on the same sockets, where requests wait meanwhile.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'uWSGI 2.0, core/uwsgi.c, grace_them_all and uwsgi_reload; core/master_checks.c, uwsgi_master_check_reload',
    'uWSGI manual, The Art of Graceful Reloading',
  ],
  why: 'A reload loses nobody, and makes everybody wait for the slowest request.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      deployment.lazy || deployment.exitOnReload || !deployment.master ? [] : reloadsOf(deployment, trace),
      'the server was not reloaded with requests afterwards',
      (reload) =>
        cutOff(deployment, trace, reload) ??
        togetherWithOldOnes(trace, reload) ??
        (reload.isSeen ? (unanswered(reload.aftermath) ?? notReplaced(trace, reload.aftermath)) : null),
    ),
};

interface Reload {
  readonly done: Done;
  readonly aftermath: Aftermath;
  /** Whether the last request came when the reload had surely begun. */
  readonly isSeen: boolean;
}

function reloadsOf(deployment: UwsgiDeployment, trace: Trace): readonly Reload[] {
  const signals = serverSignalled(trace).filter(({ signal, seq }) => signal === 'SIGHUP' && !hasBroken(trace, seq));
  const touches = touched(trace).filter(({ file }) => deployment.touchReload.includes(file));
  return [
    ...signals.map((done) => ({ done, isSeen: true })),
    ...touches.map((done) => ({ done, isSeen: false })),
  ].flatMap(({ done, isSeen }) => {
    const aftermath = aftermathOf({ deployment, trace }, done);
    if (!aftermath) return [];
    const last = aftermath.requests.at(-1);
    // Only time tells when the master has looked.
    return [{ done, aftermath, isSeen: isSeen || (last !== undefined && last.sent.at - done.at > lateness) }];
  });
}

/** What was inside and was let go in time is answered. A router in front is ended at once, with all that it carries. */
function cutOff(deployment: UwsgiDeployment, trace: Trace, { done }: Reload): Objection | null {
  const { workerReloadMercy, harakiri, listens } = deployment;
  if (listens.some(({ protocol }) => protocol === 'http')) return null;
  const lost = insideAtOnset(trace, done).find(({ request }) => {
    const { outcome, sent } = request;
    return (
      outcome !== null &&
      !succeeded(request) &&
      outcome.seq > done.from &&
      outcome.at - done.since < workerReloadMercy &&
      (harakiri === 0 || outcome.at - sent.at < harakiri - 1000) &&
      isUndisturbed(trace, done.seq, outcome.seq)
    );
  });
  return lost
    ? {
        says: `${lost.request.id} was inside at the reload and ${outcomeOf(lost.request)}`,
        seqs: [done.seq, ...seqsOf(lost.request)],
      }
    : null;
}

/** No new worker runs a request while one is inside an old one. */
function togetherWithOldOnes(trace: Trace, { done, aftermath }: Reload): Objection | null {
  const old = lifespansOf(trace).filter(({ known }) => known <= done.from);
  const fresh = (entry: Entry): boolean => !old.some(({ process }) => process === entry.seen.process);
  for (const entry of aftermath.entries.filter(fresh)) {
    const [inside] = insideAt(
      old.flatMap(({ entries }) => entries),
      entry.seq,
    );
    if (inside)
      return {
        says: `${entry.request.id} ran in new worker ${entry.seen.pid} while ${inside.request.id} was still inside old worker ${inside.seen.pid}`,
        seqs: [done.seq, inside.seq, entry.seq],
      };
  }
  return null;
}
