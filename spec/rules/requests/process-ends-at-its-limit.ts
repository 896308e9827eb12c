import { requestHistories } from '../histories.ts';
import { unfinishedAt } from '../overlaps.ts';
import { judgeEach, type Rule, type Run } from '../rule.ts';
import { endedByCount, limitedTenures, type Tenure } from './tenures.ts';

/**
 * With one thread the number is exact. With several, a thread that is still counting may be overtaken by the next
 * request, so as many more are allowed as there are other threads; and only requests that came one by one are judged.
 */
export const processEndsAtItsLimit: Rule = {
  id: 'LIFE-MAXREQ-02',
  level: 'must',
  area: 'requests',
  says: 'When the limit is reached with no other request in progress the process ends at once, so a group with threads=1 serves exactly maximum-requests requests per process.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_worker',
    'mod_wsgi manual, WSGIDaemonProcess, maximum-requests=nnn',
  ],
  why: 'It is how a leak is kept in bounds, and each time the first visitor of the new process pays for the import.',
  judge: (run) =>
    judgeEach(
      limitedTenures(run).filter(
        (tenure) =>
          (tenure.group.threads === 1 || cameOneByOne(run, tenure)) &&
          (tenure.entries.length >= tenure.group.maximumRequests || endedByCount(run, tenure)),
      ),
      'no daemon process came to its request limit with no other request in progress',
      ({ group, entries }) => {
        const most = group.maximumRequests + group.threads - 1;
        return entries.length >= group.maximumRequests && entries.length <= most
          ? null
          : {
              says: `process ${entries[0]?.seen.pid} of ${group.name} ran ${entries.length} requests, its limit is ${group.maximumRequests}`,
              seqs: entries.map(({ seq }) => seq),
            };
      },
    ),
};

/** No request of the tenure was sent while another request to its group was unfinished. */
function cameOneByOne(run: Run, { entries }: Tenure): boolean {
  const requests = requestHistories(run.trace);
  return entries.every(({ request }) => unfinishedAt(requests, request.sent.seq).length === 0);
}
