import { daemonEntries, type Entry, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach, type Objection } from '../rule.ts';
import { nextServerSignal, restarts } from './server-signals.ts';

export const restartReplacesEveryDaemonProcess: ApacheRule = {
  id: 'RELOAD-APACHE-01',
  level: 'must',
  area: 'restarts',
  says: 'A restart of the server, graceful or not, ends all daemon processes with SIGTERM and about 3 s later SIGKILL, whatever their own timeouts say, and starts new ones.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process: apr_pool_note_subprocess with APR_KILL_AFTER_TIMEOUT',
    'httpd 2.4, server/main.c: the pool of the configuration is cleared at every restart',
    'probed with httpd 2.4 and mod_wsgi 4.9.4: SIGUSR1 with a request held in a daemon process',
  ],
  why: 'A graceful restart is graceful for Apache children only: long requests in daemon processes are lost.',
  judge: (run) =>
    judgeEach(
      restarts(run.trace).flatMap(({ signal, seq }) => {
        const until = nextServerSignal(run.trace, seq);
        const entries = daemonEntries(run);
        const before = entries.filter((entry) => entry.seq < seq);
        const after = entries.filter((entry) => entry.request.sent.seq > seq && entry.request.sent.seq < until);
        const across = before.filter(
          ({ request: { released, outcome } }) =>
            released !== null && released.seq > seq && (outcome === null || outcome.seq > released.seq),
        );
        return before.length > 0 && (after.length > 0 || across.length > 0)
          ? [{ signal, seq, before, after, across }]
          : [];
      }),
      'no daemon process answered both before and after a restart of the server',
      ({ signal, seq, before, after, across }) =>
        survived(signal, seq, before, after) ??
        across.map((entry) => finishedLate(signal, entry)).find(Boolean) ??
        null,
    ),
};

function survived(signal: string, seq: number, before: readonly Entry[], after: readonly Entry[]): Objection | null {
  const old = new Set(before.map(({ seen }) => seen.process));
  const late = after.find(({ seen }) => old.has(seen.process));
  return late
    ? {
        says: `process ${late.seen.pid} ran before ${signal} to the server and still served ${late.request.id}`,
        seqs: [seq, late.seq],
      }
    : null;
}

/** The restart is performed when the new processes run, so the old one had its 3 s. */
const finishedLate = (signal: string, { request, seen }: Entry): Objection | null =>
  succeeded(request)
    ? {
        says: `${request.id} was in process ${seen.pid} beyond ${signal} to the server, and ${outcomeOf(request)}`,
        seqs: seqsOf(request),
      }
    : null;
