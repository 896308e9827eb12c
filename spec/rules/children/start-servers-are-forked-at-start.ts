import { maxChildren } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { type ApacheRule, embedded, judgeEach } from '../rule.ts';

export const startServersAreForkedAtStart: ApacheRule = {
  id: 'MPM-START-01',
  level: 'must',
  area: 'children',
  says: 'StartServers, by default 5 under prefork and 3 under worker and event, is the number of children forked at start, as far as there may be so many.',
  appliesTo: embedded,
  needs: ['process.spawned', 'process.ready'],
  source: [
    'httpd 2.4 manual, mpm_common, StartServers',
    'httpd 2.4, prefork/mpm_default.h, worker/mpm_default.h and event/mpm_default.h',
    'httpd 2.4, prefork_run, worker_run and event_run',
  ],
  why: 'It says how often start-up code runs when the server starts, and nothing about how many children there are later.',
  judge: ({ deployment: { children }, trace }) => {
    const ready = eventsOf(trace, 'process.ready').find(({ process }) => isChild(process));
    const forked = eventsOf(trace, 'process.spawned').filter(
      ({ processGroup, seq }) => processGroup === '' && seq < (ready?.seq ?? 0),
    );
    const wanted = Math.min(children.startServers, maxChildren(children));
    return judgeEach(ready ? [ready] : [], 'no child was seen to start', ({ seq }) =>
      forked.length === wanted
        ? null
        : {
            says: `${forked.length} children were forked at start, not StartServers of ${wanted}`,
            seqs: [...forked.map((event) => event.seq), seq],
          },
    );
  },
};

const isChild = (process: string): boolean => process.startsWith('embedded#');
