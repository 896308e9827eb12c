import { entriesOf } from '../histories.ts';
import { serverSignalled, touched } from '../restarts/server-signals.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** A master that executes itself again loads again: only requests between two such events are compared. */
export const uwsgiLoadsBeforeTheFork: UwsgiRule = {
  id: 'ISO-UWSGI-02',
  level: 'must',
  area: 'isolation',
  says: 'Applications are loaded once, before the workers are forked, and with lazy-apps in every worker for itself.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'uWSGI 2.0, core/uwsgi.c, uwsgi_start and uwsgi_setup_workers: init_apps before or after the fork',
    'uWSGI manual, Things to know: copy-on-write, lazy-apps',
  ],
  why: 'What the module does when it is imported happens once and is shared by all workers: a connection to a database is then used by several.',
  judge: ({ deployment, trace }) => {
    const entries = entriesOf(trace);
    const isLazy = deployment.lazyApps || deployment.lazy;
    const reloads = [...serverSignalled(trace), ...touched(trace)].map(({ seq }) => seq);
    const ofMaster = (seq: number): number => reloads.filter((reload) => reload < seq).length;
    return judgeEach(entries, 'no request reached an application', ({ request, seen, seq }) => {
      if (isLazy)
        return seen.loadedBy === seen.process
          ? null
          : {
              says: `${request.id} ran in worker ${seen.pid}, which had not loaded the application itself`,
              seqs: [seq],
            };
      // Without a master the first process loads, serves, and is the parent of the others.
      if (deployment.master && seen.loadedBy === seen.process)
        return {
          says: `${request.id} ran in worker ${seen.pid}, which had loaded the application itself`,
          seqs: [seq],
        };
      const other = entries.find(
        (one) =>
          one.seen.scriptName === seen.scriptName &&
          one.seen.loadedBy !== seen.loadedBy &&
          ofMaster(one.request.sent.seq) === ofMaster(request.sent.seq),
      );
      return other
        ? {
            says: `${request.id} and ${other.request.id} ran an application that had been loaded twice`,
            seqs: [seq, other.seq],
          }
        : null;
    });
  },
};
