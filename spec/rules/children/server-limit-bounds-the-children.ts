import { maxChildren } from '../../deployments/apache.ts';
import type { ProcessId } from '../../vocabulary.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

export const serverLimitBoundsTheChildren: ApacheRule = {
  id: 'MPM-LIMIT-03',
  level: 'must',
  area: 'children',
  says: 'ServerLimit, by default 256 under prefork and 16 under worker and event, bounds the children and with them MaxRequestWorkers, and a restart does not change it.',
  appliesTo: embedded,
  needs: ['process.spawned', 'process.draining', 'process.stopping', 'process.exited'],
  source: [
    'httpd 2.4 manual, mpm_common, ServerLimit',
    'httpd 2.4, prefork.c, worker.c and event.c, check_config and perform_idle_server_maintenance',
  ],
  why: 'A MaxRequestWorkers beyond ServerLimit is cut down with a warning in the log, and the server handles fewer requests at once than was written.',
  judge: ({ deployment: { children: pool }, trace }) => {
    const most = maxChildren(pool);
    const active = new Set<ProcessId>();
    const forks = trace.flatMap((event) => {
      if (event.kind === 'process.draining' || event.kind === 'process.stopping' || event.kind === 'process.exited')
        active.delete(event.process);
      if (event.kind !== 'process.spawned' || event.processGroup !== '') return [];
      active.add(event.process);
      return [{ seq: event.seq, count: active.size }];
    });
    return judgeEach(forks, 'no child was forked', ({ seq, count }) =>
      count <= most ? null : { says: `${count} children took requests at once, and there may be ${most}`, seqs: [seq] },
    );
  },
};
