import { type Entry, embeddedEntries, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, embedded, judgeEach, type Objection } from '../rule.ts';
import { nextServerSignal, restarts } from './server-signals.ts';

export const gracefulRestartLetsChildrenFinish: ApacheRule = {
  id: 'RELOAD-APACHE-02',
  level: 'must',
  area: 'restarts',
  says: 'On a graceful restart (SIGUSR1) embedded children finish the request they have and are replaced by children of a new generation; on SIGHUP they are ended as on SIGTERM.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: [
    'httpd 2.4 manual, Stopping and Restarting',
    'httpd 2.4, prefork.c, child_main; worker.c and event.c, signal_threads and close_worker_sockets',
    'probed with httpd 2.4 under prefork, worker and event',
  ],
  why: 'Embedded applications lose no request at a graceful restart, and every request at a plain one.',
  judge: (run) =>
    judgeEach(
      restarts(run.trace).flatMap(({ signal, seq }) => {
        const until = nextServerSignal(run.trace, seq);
        const entries = embeddedEntries(run);
        const before = entries.filter((entry) => entry.seq < seq);
        const after = entries.filter((entry) => entry.request.sent.seq > seq && entry.request.sent.seq < until);
        const across = before.filter(({ request: { released } }) => released !== null && released.seq > seq);
        return before.length > 0 && after.length + across.length > 0 ? [{ signal, seq, before, after, across }] : [];
      }),
      'no child answered both before and after a restart of the server',
      ({ signal, seq, before, after, across }) =>
        across.map((entry) => cutOffOrKept(signal, entry)).find(Boolean) ?? survived(signal, seq, before, after),
    ),
};

function cutOffOrKept(signal: string, { request, seen }: Entry): Objection | null {
  if (succeeded(request) === (signal === 'SIGUSR1')) return null;
  return {
    says: `${request.id} was in child ${seen.pid} at ${signal} to the server and ${outcomeOf(request)}`,
    seqs: seqsOf(request),
  };
}

/** An old child may take one more connection before it hears of the restart, but not once a new one has served. */
function survived(signal: string, seq: number, before: readonly Entry[], after: readonly Entry[]): Objection | null {
  const old = new Set(before.map(({ seen }) => seen.process));
  const last = after.findLast(({ seen }) => old.has(seen.process));
  if (!last) return null;
  const replaced = after.find(({ seen }) => !old.has(seen.process));
  return after.length > 1 && (last === after.at(-1) || (replaced && replaced.seq < last.seq))
    ? {
        says: `child ${last.seen.pid} ran before ${signal} to the server and still served ${last.request.id}`,
        seqs: [seq, last.seq],
      }
    : null;
}
