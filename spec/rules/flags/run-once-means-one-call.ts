import { entriesOf, groupedBy } from '../histories.ts';
import { judgeEach, type Rule } from '../rule.ts';

export const runOnceMeansOneCall: Rule = {
  id: 'FLAG-PEP-03',
  level: 'must',
  area: 'flags',
  says: 'wsgi.run_once is True only where the server expects to call the application once in the life of the process.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation'],
  source: ['PEP 3333, environ Variables, wsgi.run_once'],
  why: 'An application that believes it skips its caches and keeps nothing between requests.',
  judge: ({ trace }) =>
    judgeEach(
      [...groupedBy(entriesOf(trace), ({ seen }) => seen.process).values()].filter(
        (entries) => entries.length > 1 || entries.some(({ seen }) => seen.runOnce),
      ),
      'no process was entered twice',
      (entries) => {
        const claims = entries.filter(({ seen }) => seen.runOnce);
        return entries.length > 1 && claims.length > 0
          ? {
              says: `process ${entries[0]?.seen.pid} ran ${entries.length} requests and said wsgi.run_once`,
              seqs: entries.map((entry) => entry.seq),
            }
          : null;
      },
    ),
};
