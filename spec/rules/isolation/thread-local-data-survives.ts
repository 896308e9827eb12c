import { entriesOf, groupedBy, seqsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/**
 * The probe counts in thread-local data of a module that each interpreter has one of: no two requests of one thread may
 * find the same count there.
 */
export const threadLocalDataSurvives: ApacheRule = {
  id: 'ISO-INTERP-08',
  level: 'must',
  area: 'isolation',
  says: 'Thread-local data survives between requests that the same server thread handles in the same interpreter.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_acquire_interpreter'],
  why: 'A connection kept in a threading.local is opened once for each thread and interpreter; what one request leaves there the next one finds.',
  judge: (run) =>
    judgeEach(
      [
        ...groupedBy(entriesOf(run.trace), ({ seen }) =>
          JSON.stringify([seen.process, seen.thread, seen.importedModule]),
        ).values(),
      ].filter((entries) => entries.length > 1),
      'no thread handled two requests in one interpreter',
      (entries) => {
        const again = entries.find(
          (entry, index) => entries.findIndex(({ seen }) => seen.threadCount === entry.seen.threadCount) !== index,
        );
        return again
          ? {
              says: `a thread of process ${again.seen.pid} had forgotten its thread-local data when it ran ${again.request.id}`,
              seqs: [...new Set([...entries.map(({ seq }) => seq), ...seqsOf(again.request)])],
            }
          : null;
      },
    ),
};
