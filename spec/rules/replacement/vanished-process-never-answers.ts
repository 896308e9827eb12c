import { eventsOf, type Mark } from '../../trace.ts';
import { deathsOf } from '../deaths.ts';
import { entriesOf, seqsOf } from '../histories.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue has no such sentence. A mark holds the start time beside the pid, so a reused pid is another process. */
export const vanishedProcessNeverAnswers: Rule = {
  id: 'PROC-GONE-01',
  level: 'must',
  area: 'replacement',
  says: 'A process that ended runs no request that is sent afterwards.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: [
    'PEP 3333, environ Variables, wsgi.multiprocess: what a request can share with another one ends with the process',
    'exit(2) and signal(7), SIGKILL: neither can be survived',
  ],
  why: 'What a process kept in memory is gone with it: sessions, caches, unsaved work.',
  judge: ({ trace }) => {
    const entries = entriesOf(trace);
    const gone: readonly Gone[] = [
      ...eventsOf(trace, 'process.vanished').map(({ mark, pid, seq }) => ({ process: mark, pid, seq })),
      // A signal is delivered at once, but not before the act is recorded.
      ...deathsOf(trace).flatMap(({ process, pid, by, over }) => (by === 'exit' ? [{ process, pid, seq: over }] : [])),
    ];
    return judgeEach(
      gone.filter(({ seq }) => entries.some(({ request }) => request.sent.seq > seq)),
      'no process ended with requests afterwards',
      ({ process, pid, seq }) => {
        const ghost = entries.find(({ seen, request }) => seen.process === process && request.sent.seq > seq);
        return ghost
          ? {
              says: `${ghost.request.id} ran in process ${pid} after that had ended`,
              seqs: [seq, ...seqsOf(ghost.request)],
            }
          : null;
      },
    );
  },
};

interface Gone {
  readonly process: Mark;
  readonly pid: number;
  readonly seq: number;
}
