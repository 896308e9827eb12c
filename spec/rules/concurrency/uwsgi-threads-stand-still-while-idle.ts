import { releasesTheLockWhileIdle } from '../../serving/idle-threads.ts';
import { type Trace, tick } from '../../trace.ts';
import { type Entry, entriesOf, groupedBy, seqsOf, succeeded } from '../histories.ts';
import { judgeEach, type Objection, type UwsgiRule } from '../rule.ts';

/** So long, in ms, before anything is said of what threads did meanwhile. */
const telling = 1000;
/** Ticks beside the time that is seen: a request is longer inside than its client knows. */
const stray = 10;

export const uwsgiThreadsStandStillWhileIdle: UwsgiRule = {
  id: 'LIFE-UWSGI-10',
  level: 'must',
  area: 'concurrency',
  says: 'Threads of the application run while no request does only with enable-threads or threads above 1, or from 2.0.27 on.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: [
    'uWSGI 2.0.26, plugins/python/python_plugin.c, uwsgi_python_enable_threads: the lock is let go in threaded mode alone',
    'uWSGI 2.0.27, core/init.c, sanitize_args, and Changelog: threads are enabled by default',
  ],
  why: 'Metrics, queues and schedulers that work in a thread stop with the visitors, and nobody is told.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      stretchesOf(trace),
      'no worker had a thread of its application, and then nothing to do or a long request',
      (stretch) => (releasesTheLockWhileIdle(deployment) ? standsStill(stretch) : runsAtItsTime(stretch)),
    ),
};

/** What a thread counted from one request to the next in the same worker. */
interface Stretch {
  readonly from: Entry;
  readonly to: Entry;
  readonly counted: number;
  /** Ticks that fit into the time with the first request inside, and into that without any. */
  readonly inside: number;
  readonly idle: number;
}

/** Long ones, where the requests of a worker came one after the other. */
function stretchesOf(trace: Trace): readonly Stretch[] {
  const startedBy = (entry: Entry): boolean => entry.request.sent.behave?.kind === 'start-thread';
  return [...groupedBy(entriesOf(trace), ({ seen }) => seen.interpreter).values()].flatMap((entries) =>
    entries.flatMap((to, index): readonly Stretch[] => {
      const from = entries[index - 1];
      const left = from?.request.outcome;
      if (!from || !left || to.seen.ticks === null || left.seq > to.request.sent.seq || !succeeded(from.request))
        return [];
      // With a second thread the number would be twice as high.
      if (entries.filter(startedBy).length > 1) return [];
      const counted = to.seen.ticks - (from.seen.ticks ?? 0);
      const inside = startedBy(from) ? 0 : left.at - from.request.sent.at;
      const idle = to.request.sent.at - left.at;
      return inside >= telling || idle >= telling
        ? [{ from, to, counted, inside: inside / tick, idle: idle / tick }]
        : [];
    }),
  );
}

/** It counts all the time, if slowly on a machine that has much to do. */
const standsStill = (stretch: Stretch): Objection | null =>
  stretch.counted < (stretch.inside + stretch.idle) / 5 ? objection(stretch) : null;

/** It counts while a request is inside, and at no other time. */
const runsAtItsTime = (stretch: Stretch): Objection | null =>
  stretch.counted > stretch.inside + stretch.idle / 5 + stray || stretch.counted < stretch.inside / 5
    ? objection(stretch)
    : null;

const objection = ({ from, to, counted, inside, idle }: Stretch): Objection => ({
  says: `a thread counted to ${counted} from ${from.request.id} to ${to.request.id} in worker ${to.seen.pid}, with time for ${Math.round(inside)} while the request was inside and for ${Math.round(idle)} while none was`,
  seqs: [...seqsOf(from.request), ...seqsOf(to.request)],
});
