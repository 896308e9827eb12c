import { entriesOf, groupedBy, requestHistories, seqsOf } from '../histories.ts';
import { hostingOf } from '../hosting.ts';
import { heldOf, insideAt } from '../overlaps.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue says this of daemon processes alone (CONF-DAEMON-05). Exercised when every thread of a process was held and another request came. */
export const processRunsNoMoreThanItsThreads: Rule = {
  id: 'PROC-THREADS-01',
  level: 'must',
  area: 'concurrency',
  says: 'A process has no more requests inside its applications at once than the deployment gives it threads.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: [
    'mod_wsgi manual, WSGIDaemonProcess, threads=num',
    'gunicorn manual, Settings, threads and worker_connections: a sync worker handles a single request at a time',
    'uWSGI manual, Options, threads: run each worker in prethreaded mode with the specified number of threads',
    'waitress manual, Arguments to waitress.serve, threads; cheroot manual, cheroot.wsgi.Server, numthreads',
  ],
  why: 'Code that was promised one thread has no locks, and a pool of connections to a database is as large as the threads are many.',
  judge: ({ deployment, trace }) => {
    const requests = requestHistories(trace);
    const processes = [...groupedBy(entriesOf(trace), ({ seen }) => seen.process).values()];
    return judgeEach(
      processes.flatMap((entries) => {
        const threads = hostingOf(deployment, entries[0]?.seen.processGroup ?? null)?.threads;
        if (threads === undefined) return [];
        const held = heldOf(entries);
        return requests
          .filter((request) => insideAt(held, request.sent.seq).length >= threads)
          .map((request) => ({ request, threads, entries }));
      }),
      'no request came while every thread of a process was busy',
      ({ request, threads, entries }) => {
        const entry = entries.find((one) => one.request.id === request.id);
        const inside = entry ? insideAt(entries, entry.seq) : [];
        return entry && inside.length >= threads
          ? {
              says: `${request.id} got into process ${entry.seen.pid} while ${inside.length} were inside, and it has ${threads === 1 ? 'one thread' : `${threads} threads`}`,
              seqs: [...inside.map(({ seq }) => seq), ...seqsOf(request)],
            }
          : null;
      },
    );
  },
};
