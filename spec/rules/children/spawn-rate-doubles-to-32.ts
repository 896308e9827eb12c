import { eventsOf, type Trace } from '../../trace.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

export const spawnRateDoublesTo32: ApacheRule = {
  id: 'MPM-IDLE-02',
  level: 'must',
  area: 'children',
  says: 'While too few are idle, children are forked 1, 2, 4, 8, 16 and then 32 a second, never more, and one a second again after a second that needed none.',
  appliesTo: embedded,
  needs: ['process.spawned', 'process.exited', 'request.sent'],
  source: [
    'httpd 2.4, prefork.c, worker.c and event.c, perform_idle_server_maintenance',
    'httpd 2.4 manual, prefork, MinSpareServers',
  ],
  why: 'A burst is met by one child more at first: StartServers and the spare settings decide how soon it is met.',
  judge: ({ trace }) => {
    const steady = untilFirstEnd(trace);
    const forked = eventsOf(steady, 'process.spawned').filter(({ processGroup }) => processGroup === '');
    const ready = eventsOf(steady, 'process.ready').find(({ process }) => process.startsWith('embedded#'));
    const [first] = forked;
    const later = forked.filter(({ seq }) => seq > (ready?.seq ?? Number.POSITIVE_INFINITY));
    return judgeEach(later, 'no child was forked after the start', (event) => {
      // A round comes at the earliest one second after the one before; the first may be reported late.
      const rounds = Math.floor((event.at - (first?.at ?? event.at)) / 1000) + 1;
      const count = later.filter(({ seq }) => seq <= event.seq).length;
      return count <= most(rounds)
        ? null
        : {
            says: `${count} children were forked within ${rounds} rounds of maintenance`,
            seqs: later.map(({ seq }) => seq).filter((seq) => seq <= event.seq),
          };
    });
  },
};

/** What so many rounds can have forked. */
const most = (rounds: number): number =>
  Array.from({ length: rounds }, (_, round) => Math.min(2 ** round, 32)).reduce((sum, forked) => sum + forked, 0);

/** Whoever ends may be replaced at once, and a restart starts with a new generation. */
const untilFirstEnd = (trace: Trace): Trace => {
  const end = trace.findIndex(
    (event) =>
      (event.kind === 'process.draining' || event.kind === 'process.stopping' || event.kind === 'process.exited') &&
      event.process.startsWith('embedded#'),
  );
  return end < 0 ? trace : trace.slice(0, end);
};
