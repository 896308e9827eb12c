import type { Deployment } from '../../deployment.ts';
import type { ServerSignal, Trace } from '../../trace.ts';
import { assertNever } from '../../vocabulary.ts';
import { hostingOf } from '../hosting.ts';
import { lifespansOf } from '../lifespans.ts';
import { serverSignalled } from '../restarts/server-signals.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue says this of Apache alone (MPM-LIMIT-03, CONF-DAEMON-02). What lived before a restart may go on beside its successors. */
export const noMoreProcessesThanConfigured: Rule = {
  id: 'PROC-LIMIT-01',
  level: 'must',
  area: 'concurrency',
  says: 'No more processes run an application at once than were configured or asked for, beside those that finish what they have after a restart.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent'],
  source: [
    'mod_wsgi manual, WSGIDaemonProcess, processes=num; httpd 2.4 manual, mpm_common, ServerLimit',
    'gunicorn manual, Settings, workers, and Signal Handling, TTIN, TTOU, HUP and USR2',
    'uWSGI manual, Options, processes: spawn the specified number of workers',
  ],
  why: 'Memory, connections to a database and licences are counted out by it.',
  judge: ({ deployment, trace }) =>
    judgeEach(
      lifespansOf(trace).flatMap((begun) => {
        const processes = hostingOf(deployment, begun.processGroup)?.processes;
        return processes === undefined || processes === Number.POSITIVE_INFINITY
          ? []
          : [{ begun, allowed: processes + askedFor(deployment, trace, begun.from) }];
      }),
      'no process ran an application whose number was told',
      ({ begun, allowed }) => {
        const restarted = lastRestart(deployment, trace, begun.from);
        const together = lifespansOf(trace).filter(
          ({ processGroup, from, to, known }) =>
            processGroup === begun.processGroup && from <= begun.from && begun.from <= to && known > restarted,
        );
        return together.length > allowed
          ? {
              says: `processes ${together.map(({ pid }) => pid).join(', ')} ran one application at once, where there are to be ${allowed}`,
              seqs: together.map(({ from }) => from),
            }
          : null;
      },
    ),
};

/** Workers beyond the configured number that signals have asked for when event `seq` happened. */
function askedFor(deployment: Deployment, trace: Trace, seq: number): number {
  if (deployment.kind !== 'gunicorn') return 0;
  let more = 0;
  let arbiters = 1;
  for (const { signal } of serverSignalled(trace).filter(({ from }) => from < seq)) {
    if (signal === 'SIGTTIN') more++;
    if (signal === 'SIGHUP') more = 0;
    if (signal === 'SIGUSR2') arbiters = 2;
  }
  return more + (arbiters - 1) * deployment.workers;
}

/** The event by which the last restart before event `seq` was over; what was known then may have stayed to finish. */
const lastRestart = (deployment: Deployment, trace: Trace, seq: number): number =>
  serverSignalled(trace).findLast(({ signal, from }) => from < seq && overlapping(deployment).includes(signal))?.seq ??
  0;

/** The signals after which old processes may go on beside new ones. uWSGI waits for the old ones first: rule RELOAD-UWSGI-01. */
function overlapping(deployment: Deployment): readonly ServerSignal[] {
  switch (deployment.kind) {
    case 'apache':
      return ['SIGUSR1', 'SIGHUP'];
    case 'gunicorn':
      return ['SIGHUP', 'SIGUSR2'];
    case 'uwsgi':
      return [];
    case 'plain': {
      const { reloadsOn } = deployment.promises;
      return reloadsOn === null ? [] : [reloadsOn];
    }
    default:
      return assertNever(deployment);
  }
}
