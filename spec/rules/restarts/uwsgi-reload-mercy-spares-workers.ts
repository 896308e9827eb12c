import type { UwsgiDeployment } from '../../deployments/uwsgi.ts';
import type { Trace } from '../../trace.ts';
import { isUndisturbed } from '../calm.ts';
import { outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';
import { type Done, insideAtOnset, serverSignalled, touched } from './server-signals.ts';

/** The master looks at its files, and at its clock of whole seconds, once a second. In ms. */
const earliness = 1100;

export const uwsgiReloadMercySparesWorkers: UwsgiRule = {
  id: 'SHUT-UWSGI-03',
  level: 'must',
  area: 'restarts',
  says: 'reload-mercy limits the wait for the Emperor and for attached daemons, and never that for a worker.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'uWSGI 2.0, core/master_utils.c, uwsgi_destroy_processes, and core/daemons.c, uwsgi_detach_daemons: the only readers of reload_mercy',
    'uWSGI manual, Options, reload-mercy, says otherwise: the maximum time to wait for workers and other processes',
  ],
  why: 'Who sets it to make reloads quick waits a minute for each slow request all the same.',
  judge: ({ deployment, trace }) => {
    const { reloadMercy, workerReloadMercy } = deployment;
    return judgeEach(
      reloadMercy === 0 || reloadMercy >= workerReloadMercy ? [] : sparedIn(deployment, trace),
      reloadMercy === 0 ? 'reload-mercy is not set' : 'no request was inside a reload for longer than reload-mercy',
      ({ done, entry: { request, seen }, outcome }) =>
        succeeded(request) || outcome.at - done.since >= workerReloadMercy - earliness
          ? null
          : {
              says: `${request.id} was inside worker ${seen.pid} at the reload, and ${outcomeOf(request)} after ${outcome.at - done.since} ms`,
              seqs: [done.seq, ...seqsOf(request)],
            },
    );
  },
};

/** What was inside when a reload began, and stayed for longer than reload-mercy. A router in front is ended at once. */
function sparedIn(deployment: UwsgiDeployment, trace: Trace) {
  const { reloadMercy, harakiri, listens, master, exitOnReload, touchReload } = deployment;
  if (harakiri > 0 || exitOnReload || !master || listens.some(({ protocol }) => protocol === 'http')) return [];
  const reloads: readonly Done[] = [
    ...serverSignalled(trace).filter(({ signal }) => signal === 'SIGHUP'),
    ...touched(trace).filter(({ file }) => touchReload.includes(file)),
  ];
  return reloads.flatMap((done) =>
    insideAtOnset(trace, done).flatMap((entry) => {
      const { outcome } = entry.request;
      return outcome !== null && outcome.at - done.at > reloadMercy && isUndisturbed(trace, done.seq, outcome.seq)
        ? [{ done, entry, outcome }]
        : [];
    }),
  );
}
