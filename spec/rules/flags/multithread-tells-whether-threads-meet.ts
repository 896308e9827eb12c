import { applicationOf } from '../histories.ts';
import { meetings } from '../overlaps.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** True without a meeting is no breach: the flag says what may happen, and a client cannot prove that nothing may. */
export const multithreadTellsWhetherThreadsMeet: Rule = {
  id: 'FLAG-PEP-01',
  level: 'must',
  area: 'flags',
  says: 'wsgi.multithread is True wherever another thread of the same process may enter the application at the same time.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: ['PEP 3333, environ Variables, wsgi.multithread'],
  why: 'Frameworks decide by this flag whether they need locks; a wrong False loses updates under load and never in a test.',
  judge: ({ trace }) =>
    judgeEach(
      meetings(trace).flatMap(({ held, entry, together }) => {
        if (entry === null || applicationOf(held) !== applicationOf(entry)) return [];
        const met = together && held.seen.process === entry.seen.process;
        return met || !held.seen.multithread ? [{ held, entry, met }] : [];
      }),
      'no request came while another one was held in the same application',
      ({ held, entry, met }) =>
        met && !(held.seen.multithread && entry.seen.multithread)
          ? {
              says: `${held.request.id} and ${entry.request.id} were inside one application in process ${held.seen.pid} at once, and wsgi.multithread is False`,
              seqs: [held.seq, entry.seq],
            }
          : null,
    ),
};
