import type { Ending } from '../../trace.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

export const childrenEndForKnownReasons: ApacheRule = {
  id: 'MPM-RECYCLE-02',
  level: 'must',
  area: 'children',
  says: 'A child is retired for surplus idleness, the connection limit or a change of generation; no setting of the MPM retires it after a length of time.',
  appliesTo: embedded,
  needs: ['process.spawned', 'process.draining', 'process.stopping', 'process.exited'],
  source: [
    'httpd 2.4, prefork.c, worker.c and event.c, child_main',
    'httpd 2.4 manual, mpm_common and prefork: no directive names a lifetime',
  ],
  why: 'restart-interval, inactivity-timeout and maximum-requests are of daemon processes: what leaks in a child leaks until its connections are spent.',
  judge: ({ deployment: { children: pool }, trace }) => {
    const children = new Set(
      trace.flatMap((event) =>
        event.kind === 'process.spawned' && event.processGroup === '' ? [event.process as string] : [],
      ),
    );
    const ends = trace.flatMap((event) =>
      (event.kind === 'process.draining' || event.kind === 'process.stopping' || event.kind === 'process.exited') &&
      children.has(event.process)
        ? [event]
        : [],
    );
    return judgeEach(ends, 'no child ended', ({ process, because, seq }) => {
      if (reasons.has(because) && (because !== 'max-connections-per-child' || pool.maxConnectionsPerChild > 0))
        return null;
      return { says: `${process} ended because of ${because}, which ends no child`, seqs: [seq] };
    });
  },
};

/** The last two are nobody's setting: a signal to the child itself, and a fault. */
const reasons: ReadonlySet<Ending> = new Set<Ending>([
  'surplus',
  'max-connections-per-child',
  'server-restart',
  'server-stop',
  'signal',
  'crash',
]);
