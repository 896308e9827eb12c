import { applicationOf } from '../histories.ts';
import { meetings } from '../overlaps.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** True without a meeting is no breach, as in FLAG-PEP-01. */
export const multiprocessTellsWhetherProcessesMeet: Rule = {
  id: 'FLAG-PEP-02',
  level: 'must',
  area: 'flags',
  says: 'wsgi.multiprocess is True wherever another process may run an equivalent application at the same time.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: ['PEP 3333, environ Variables, wsgi.multiprocess'],
  why: 'A cache or a session kept in a global variable is only safe to share when this flag is False.',
  judge: ({ trace }) =>
    judgeEach(
      meetings(trace).flatMap(({ held, entry, together }) => {
        if (entry === null || applicationOf(held) !== applicationOf(entry)) return [];
        const met = together && held.seen.process !== entry.seen.process;
        return met || !held.seen.multiprocess ? [{ held, entry, met }] : [];
      }),
      'no request came while another one was held in the same application',
      ({ held, entry, met }) =>
        met && !(held.seen.multiprocess && entry.seen.multiprocess)
          ? {
              says: `${held.request.id} in process ${held.seen.pid} and ${entry.request.id} in process ${entry.seen.pid} ran one application at once, and wsgi.multiprocess is False`,
              seqs: [held.seq, entry.seq],
            }
          : null,
    ),
};
