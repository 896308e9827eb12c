import { daemonEntries, outcomeOf, seqsOf } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

/** How much later than socket-timeout a server may be, in ms. */
const lateness = 3000;

/** Judged by requests that are held inside the application, which is silent then. */
export const socketTimeoutBoundsTheSilence: ApacheRule = {
  id: 'DISP-PROXY-02',
  level: 'must',
  area: 'dispatch',
  says: "socket-timeout, Apache's Timeout unless set, bounds each read and write between Apache and a daemon process, and the client gets 504 when it is over before the response headers.",
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_connect_daemon, wsgi_process_socket and wsgi_scan_headers',
    'mod_wsgi manual, WSGIDaemonProcess, socket-timeout',
  ],
  why: 'The client gives up, the thread does not: it is busy until the application returns.',
  judge: (run) =>
    judgeEach(
      daemonEntries(run).flatMap((entry) => {
        const { request, group } = entry;
        const { outcome, released } = request;
        if (group.socketTimeout === 0 || outcome === null || request.observed.length !== 1) return [];
        const isCutOff = outcome.kind === 'request.finished' && outcome.status === 504;
        const seenAt = request.observed[0]?.at ?? 0;
        const heldUntil = released === null || released.seq > outcome.seq ? null : released.at;
        const isLong = heldUntil !== null && heldUntil - seenAt > group.socketTimeout + lateness;
        return isCutOff || isLong ? [{ request, group, isCutOff, isLong, outcome }] : [];
      }),
      'no application kept Apache waiting longer than a socket-timeout',
      ({ request, group, isCutOff, outcome }) => {
        const waited = outcome.at - request.sent.at;
        // Both times are rounded to whole milliseconds.
        if (isCutOff && waited >= group.socketTimeout - 1) return null;
        return {
          says: `${request.id} ${outcomeOf(request)} after ${waited} ms, socket-timeout is ${group.socketTimeout} ms`,
          seqs: seqsOf(request),
        };
      },
    ),
};
