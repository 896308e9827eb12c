import { hostingOf } from '../hosting.ts';
import { meetings } from '../overlaps.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue has no such sentence: a thread runs one call at a time. Coroutines that share a thread are not judged. */
export const oneRequestInOneThread: Rule = {
  id: 'THREAD-ONE-01',
  level: 'must',
  area: 'concurrency',
  says: 'No request is run by a thread that is still inside the application for another one.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: [
    'PEP 3333, Thread Support: how requests share threads is the deployment’s choice; the call of one request is synchronous',
    'Python documentation, threading, local: what code keeps for a thread it keeps for the request that the thread runs',
  ],
  why: 'Frameworks keep the user, the transaction and the language of a request in thread-local data.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      meetings(trace).flatMap(({ held, entry, together }) =>
        entry !== null && hostingOf(deployment, held.seen.processGroup)?.hasThreadPerRequest
          ? [{ held, entry, together }]
          : [],
      ),
      'no request came while another one was inside a thread of its own',
      ({ held, entry, together }) =>
        together && held.seen.thread === entry.seen.thread
          ? {
              says: `${entry.request.id} was run by the thread of process ${entry.seen.pid} that was still inside ${held.request.id}`,
              seqs: [held.seq, entry.seq],
            }
          : null,
    ),
};
