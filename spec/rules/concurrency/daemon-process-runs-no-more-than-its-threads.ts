import { daemonEntries, groupedBy, requestHistories, seqsOf } from '../histories.ts';
import { heldOf, insideAt } from '../overlaps.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

/** Exercised when every thread of a process was held and another request came for its group. */
export const daemonProcessRunsNoMoreThanItsThreads: ApacheRule = {
  id: 'CONF-DAEMON-05',
  level: 'must',
  area: 'concurrency',
  says: 'A daemon process runs no more requests at once than its threads option says; a further one waits or goes to another process of the group.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: ['mod_wsgi manual, WSGIDaemonProcess, threads=num', 'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_main'],
  why: 'threads is the number of slow requests after which the next one stands still.',
  judge: (run) => {
    const requests = requestHistories(run.trace);
    const processes = [...groupedBy(daemonEntries(run), ({ seen }) => seen.process).values()];
    return judgeEach(
      processes.flatMap((entries) => {
        const group = entries[0]?.group;
        if (!group) return [];
        const held = heldOf(entries);
        return requests
          .map((request) => ({ request, group, entries, busy: insideAt(held, request.sent.seq) }))
          .filter(({ busy }) => busy.length >= group.threads);
      }),
      'no request came while every thread of a daemon process was busy',
      ({ request, group, entries, busy }) => {
        const entry = entries.find((one) => one.request.id === request.id);
        return entry && insideAt(entries, entry.seq).length >= group.threads
          ? {
              says: `${request.id} got into process ${entry.seen.pid} of ${group.name} while its ${group.threads} threads were all held`,
              seqs: [...busy.map(({ seq }) => seq), ...seqsOf(request)],
            }
          : null;
      },
    );
  },
};
