import { maxChildren, processCount } from '../../deployments/apache.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

/**
 * Under worker and event `maximum_processes` is the highest child slot used so far, also by a child that replaced one
 * still on its way out, so every number up to ServerLimit is right. Source: mod_wsgi 4.9.4, wsgi_interp.c, newInterpreterObject, `AP_MPMQ_MAX_DAEMON_USED`.
 */
export const modulePublishesTheSizeOfTheGroup: ApacheRule = {
  id: 'FLAG-MODINFO-01',
  level: 'must',
  area: 'flags',
  says: 'The module mod_wsgi publishes maximum_processes and threads_per_process of the process group it runs in.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, wsgi_interp.c, newInterpreterObject',
    'mod_wsgi 6, wsgi_module.c, wsgi_module_install_runtime',
  ],
  why: 'Connection pools are sized by these two numbers.',
  judge: (run) =>
    judgeEach(
      entriesOf(run.trace).flatMap((entry) => {
        const size = publishedSize(run, entry.seen.processGroup);
        return size ? [{ ...entry, size }] : [];
      }),
      'no application was entered in a known process group',
      ({ request, seen, seq, size }) => {
        const { maximumProcesses, threadsPerProcess } = seen;
        if (maximumProcesses === null || threadsPerProcess === null)
          return { says: `${request.id} found maximum_processes or threads_per_process missing`, seqs: [seq] };
        const right =
          size.least <= maximumProcesses && maximumProcesses <= size.most && threadsPerProcess === size.threads;
        return right
          ? null
          : {
              says: `${request.id} in ${seen.processGroup || 'embedded mode'} found ${maximumProcesses} processes of ${threadsPerProcess} threads published`,
              seqs: [seq],
            };
      },
    ),
};

function publishedSize(
  run: ApacheRun,
  processGroup: string | null,
): { least: number; most: number; threads: number } | null {
  const { children, daemons, server } = run.deployment;
  if (processGroup === '') {
    const threads = children.threadsPerChild;
    const most = maxChildren(children);
    return server.mpm === 'prefork'
      ? { least: most, most, threads }
      : { least: 1, most: children.serverLimit, threads };
  }
  const group = daemons.find((daemon) => daemon.name === processGroup);
  return group ? { least: processCount(group), most: processCount(group), threads: group.threads } : null;
}
