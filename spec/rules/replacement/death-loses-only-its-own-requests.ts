import type { Deployment } from '../../deployment.ts';
import { isUndisturbed } from '../calm.ts';
import { type Death, deathsOf } from '../deaths.ts';
import { entriesOf, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { hostingOf } from '../hosting.ts';
import { insideAt } from '../overlaps.ts';
import { judgeEach, type Rule } from '../rule.ts';

/** The catalogue says this of daemon processes alone (LIFE-EXIT-01). */
export const deathLosesOnlyItsOwnRequests: Rule = {
  id: 'PROC-LOSS-01',
  level: 'must',
  area: 'replacement',
  says: 'A process that crashes or is killed takes no request with it that is inside another process.',
  appliesTo: ['any-wsgi-server'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'gunicorn 20.1, arbiter.py, reap_workers: only the worker that died is taken from the list',
    'uWSGI 2.0, core/master.c, master_loop: a worker that died is respawned',
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_manage_process',
  ],
  why: 'It is what several processes are for: one crash costs the visitors of one process.',
  judge: ({ deployment, trace }) => {
    const entries = entriesOf(trace);
    return judgeEach(
      deathsOf(trace)
        .filter((death) => !endsTheServer(deployment, death))
        .flatMap((death) =>
          insideAt(entries, death.from).flatMap((inside) => {
            const { sent, outcome } = inside.request;
            const patience = hostingOf(deployment, inside.seen.processGroup)?.patience ?? 0;
            return inside.seen.process !== death.process &&
              outcome !== null &&
              outcome.at - sent.at < patience &&
              isUndisturbed(trace, death.over, outcome.seq)
              ? [{ death, inside }]
              : [];
          }),
        ),
      'no process died while a request was inside another one',
      ({ death, inside: { request, seen } }) =>
        succeeded(request)
          ? null
          : {
              says: `process ${death.pid} died, and ${request.id}, which was inside process ${seen.pid}, ${outcomeOf(request)}`,
              seqs: [death.over, ...seqsOf(request)],
            },
    );
  },
};

/** Source: gunicorn 20.1, arbiter.py, WORKER_BOOT_ERROR and APP_LOAD_ERROR; rule LIFE-GUNI-05. */
const endsTheServer = (deployment: Deployment, { code }: Death): boolean =>
  deployment.kind === 'gunicorn' && (code === 3 || code === 4);
