import type { Deployment } from '../../deployment.ts';
import { maxChildren } from '../../deployments/apache.ts';
import type { Trace } from '../../trace.ts';
import { applicationOf, type Entry } from '../histories.ts';
import { meetings } from '../overlaps.ts';
import { restarts, serverSignalled } from '../restarts/server-signals.ts';
import { judgeEach, type Objection, type Rule } from '../rule.ts';

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
  judge: ({ deployment, trace }) =>
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
              ...knownDefect(deployment, trace, held, entry),
            }
          : null,
    ),
};

function knownDefect(
  deployment: Deployment,
  trace: Trace,
  held: Entry,
  entry: Entry,
): Pick<Objection, 'knownDefect'> | null {
  if (isSuccession(deployment, trace, held, entry))
    return { knownDefect: 'the only child that the MPM may have is joined by its successor at a graceful restart' };
  return isJoined(deployment, trace, entry)
    ? {
        knownDefect: 'gunicorn tells what was configured, and the only worker has been joined by others after a signal',
      }
    : null;
}

/**
 * The flag follows the setting. Sources: gunicorn 20.1 and 26.1, http/wsgi.py, base_environ; arbiter.py, handle_ttin,
 * reload and reexec; rules FLAG-GUNI-01 and FLAG-GUNI-02.
 */
const isJoined = (deployment: Deployment, trace: Trace, entry: Entry): boolean =>
  deployment.kind === 'gunicorn' &&
  deployment.workers === 1 &&
  serverSignalled(trace).some(
    ({ signal, from }) => (signal === 'SIGTTIN' || signal === 'SIGHUP' || signal === 'SIGUSR2') && from < entry.seq,
  );

/**
 * One child is allowed, and the flag tells so; but worker and event start the next generation beside what finishes.
 * Sources: httpd 2.4, worker.c and event.c, perform_idle_server_maintenance and startup_children; mod_wsgi 4.9.4,
 * wsgi_hook_child_init. Probed with httpd 2.4.71: `ServerLimit 2`, `MaxRequestWorkers` of one child, SIGUSR1.
 */
const isSuccession = (deployment: Deployment, trace: Trace, held: Entry, entry: Entry): boolean =>
  deployment.kind === 'apache' &&
  held.seen.processGroup === '' &&
  deployment.server.mpm !== 'prefork' &&
  maxChildren(deployment.children) === 1 &&
  restarts(trace).some(({ signal, seq }) => signal === 'SIGUSR1' && held.seq < seq && seq < entry.seq);
