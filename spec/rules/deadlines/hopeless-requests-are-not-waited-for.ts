import { watchTerms } from '../../machines/process-monitor.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { acceptedAt, type TimedEnd, timedEnds } from './timed-ends.ts';

export const hopelessRequestsAreNotWaitedFor: ApacheRule = {
  id: 'LIFE-REQTIME-05',
  level: 'must',
  area: 'deadlines',
  says: 'Every graceful wait and the test for inactivity ignore requests older than request-timeout and interrupt-timeout together, and where neither is set count all requests.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.draining', 'process.stopping', 'request.accepted', 'observation'],
  source: ['mod_wsgi 6.0.5, wsgi_daemon.c, wsgi_has_active_non_stale_request_locked'],
  since: '6',
  why: 'A request that will never end does not hold up the replacement, and one that is only slow may be cut off.',
  judge: (run) =>
    judgeEach(
      [...timedEnds(run, 'restart-interval'), ...timedEnds(run, 'inactivity-timeout')].flatMap((end) => {
        const certain = judged(end);
        return certain === null ? [] : [{ end, mustWait: certain }];
      }),
      'no daemon process came to its time with a request inside',
      ({ end: { event, inside, group }, mustWait }) => {
        const waits = event.kind === 'process.draining';
        if (waits === mustWait || (waits && group.gracefulTimeout === 0)) return null;
        const who = inside.map(({ request }) => request.id).join();
        return {
          says: `${event.process} ${waits ? 'waited for' : 'did not wait for'} ${who}`,
          seqs: [...inside.map(({ seq }) => seq), event.seq],
        };
      },
    ),
};

/** Between these two ages nobody outside can tell. */
const doubt = 50;

/** Whether the process must wait for what is inside; null where that is too close to call. */
function judged(end: TimedEnd): boolean | null {
  const staleAge = watchTerms(end.group, '6')?.staleAge ?? 0;
  const ages = end.inside.map(({ request }) => end.event.at - acceptedAt(end, request));
  if (ages.length === 0) return null;
  if (staleAge === 0 || ages.some((age) => age < staleAge - doubt)) return true;
  return ages.every((age) => age > staleAge + doubt) && ages.length === end.requests.filter(isOpen(end)).length
    ? false
    : null;
}

const isOpen =
  ({ event }: TimedEnd) =>
  ({ outcome }: TimedEnd['requests'][number]): boolean =>
    outcome === null || outcome.seq > event.seq;
