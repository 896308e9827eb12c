import { embeddedEntries, groupedBy } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const threadsAreThoseOfTheStart: ApacheRule = {
  id: 'MPM-LIMIT-04',
  level: 'must',
  area: 'children',
  says: 'A child has ThreadsPerChild threads, by default 25 and at most ThreadLimit, by default 64: it creates all of them at its start and never more.',
  appliesTo: ['apache-worker-embedded', 'apache-event-embedded'],
  needs: ['observation'],
  source: [
    'httpd 2.4 manual, mpm_common, ThreadsPerChild and ThreadLimit',
    'httpd 2.4, worker.c and event.c, start_threads and check_config',
  ],
  why: 'What an application keeps per thread, such as a database connection, exists at most so many times in a child.',
  judge: (run) => {
    const { threadsPerChild } = run.deployment.children;
    return judgeEach(
      // Counted within each interpreter: a process that is no Apache child may have other threads for each of them. With as
      // many requests as threads or fewer, more threads could not show.
      [...groupedBy(embeddedEntries(run), ({ seen }) => `${seen.process} ${seen.interpreter}`).values()].filter(
        (entries) => entries.length > threadsPerChild,
      ),
      'no child had more requests than it has threads',
      (entries) => {
        const threads = new Set(entries.map(({ seen }) => seen.thread));
        return threads.size <= threadsPerChild
          ? null
          : {
              says: `requests ran in ${threads.size} threads of child ${entries[0]?.seen.pid}, and it has ${threadsPerChild}`,
              seqs: entries.map(({ seq }) => seq),
            };
      },
    );
  },
};
