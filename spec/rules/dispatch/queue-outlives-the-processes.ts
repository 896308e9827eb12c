import { processCount } from '../../deployments/apache.ts';
import { routeOf } from '../configured.ts';
import { provokedEnds } from '../endings.ts';
import { outcomeOf, requestHistories, seqsOf, succeeded, waitedTooLong } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

/** Exercised when the only process of a group ended while a request waited that it had not taken. */
export const queueOutlivesTheProcesses: ApacheRule = {
  id: 'DISP-SOCK-01',
  level: 'must',
  area: 'dispatch',
  says: 'Each group has one socket that the server keeps open for all its processes, so that requests waiting there outlive them and are served by their replacements.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_setup_socket and wsgi_start_process'],
  why: 'A reload under load makes visitors wait, and turns nobody away.',
  judge: (run) =>
    judgeEach(
      provokedEnds(run)
        .filter(({ group }) => processCount(group) === 1)
        .flatMap((end) =>
          requestHistories(run.trace).flatMap((request) => {
            const { sent, outcome, observed } = request;
            if (sent.seq > end.seq || outcome === null || outcome.seq < end.seq || sent.behave !== undefined) return [];
            if (request.id === end.request?.id) return [];
            // Taken by a process that was not told to end yet: its fate is that process's (LIFE-EXIT-01).
            if (observed.some(({ seen }) => seen.process === end.process)) return [];
            if (observed.length === 0 && request.accepted.length > 0) return [];
            const to = routeOf(run, request);
            return to.kind === 'application' && to.mount.processGroup === end.group.name ? [{ end, request }] : [];
          }),
        ),
      'no request was waiting when the only process of its group ended',
      ({ end, request }) =>
        succeeded(request) || waitedTooLong(request, end.group)
          ? null
          : {
              says: `${request.id} waited for ${end.group.name} when its process ended, and ${outcomeOf(request)}`,
              seqs: [end.seq, ...seqsOf(request)],
            },
    ),
};
