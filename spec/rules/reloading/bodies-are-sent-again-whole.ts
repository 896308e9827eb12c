import { routeOf } from '../configured.ts';
import { requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { touchesOf } from './touches.ts';

/** Judged where a request with a body is the first to ask for a script that was touched, or is seen to be sent again. */
export const bodiesAreSentAgainWhole: ApacheRule = {
  id: 'RELOAD-DAEMON-08',
  level: 'must',
  area: 'reloading',
  says: 'While script reloading is on or queue-timeout is set, the request body is held back until the daemon has decided to serve the request, so a bounced POST is replayed in full.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed'],
  source: ['mod_wsgi 6.0.5, wsgi_execute.c, wsgi_execute_script', 'mod_wsgi 6.0.5, wsgi_remote.c, wsgi_execute_remote'],
  why: 'An upload that meets a new version of the script is neither lost nor cut.',
  judge: (run) => {
    const requests = requestHistories(run.trace);
    const touches = touchesOf(run);
    return judgeEach(
      requests.flatMap((request) => {
        const { behave, seq } = request.sent;
        const to = routeOf(run, request);
        if (behave?.kind !== 'send-body' || to.kind !== 'application' || to.mount.processGroup === '') return [];
        const touch = touches.findLast((one) => one.seq < seq && one.script === to.mount.script);
        const isFirst = touch && !requests.some(({ sent }) => sent.seq > touch.seq && sent.seq < seq);
        const isSentAgain = request.replayed.length > 0 || (isFirst && to.mount.scriptReloading);
        return isSentAgain && request.observed.length > 0 ? [{ request, length: behave.length }] : [];
      }),
      'no request with a body was sent again',
      ({ request, length }) => {
        const [first, second] = request.observed;
        if (second) return { says: `${request.id} entered the application twice`, seqs: seqsOf(request) };
        const got = first?.seen.bodyLength ?? 0;
        return got === length
          ? null
          : { says: `${request.id} has a body of ${length} bytes, and ${got} came`, seqs: seqsOf(request) };
      },
    );
  },
};
