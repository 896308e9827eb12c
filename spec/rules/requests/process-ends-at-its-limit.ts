import { type ApacheRule, judgeEach } from '../rule.ts';
import { endedByCount, limitedTenures } from './tenures.ts';

/**
 * Judged with one thread only. With several, the client of a finished request can have its next one accepted before the
 * finishing thread has counted; the process then waits for that one, and so on. Probed: threads=3 maximum-requests=4 ran 9
 * requests that came one by one, under mod_wsgi 4.9.4.
 */
export const processEndsAtItsLimit: ApacheRule = {
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
          tenure.group.threads === 1 &&
          (tenure.entries.length >= tenure.group.maximumRequests || endedByCount(run, tenure)),
      ),
      'no daemon process of one thread came to its request limit',
      ({ group, entries }) =>
        entries.length === group.maximumRequests
          ? null
          : {
              says: `process ${entries[0]?.seen.pid} of ${group.name} ran ${entries.length} requests, its limit is ${group.maximumRequests}`,
              seqs: entries.map(({ seq }) => seq),
            },
    ),
};
