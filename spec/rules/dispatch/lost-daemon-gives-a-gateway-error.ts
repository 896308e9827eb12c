import { provokedEnds } from '../endings.ts';
import { outcomeOf, seqsOf } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const lostDaemonGivesAGatewayError: ApacheRule = {
  id: 'DISP-PROXY-01',
  level: 'must',
  area: 'dispatch',
  says: 'If a daemon process closes the connection before its response headers are complete, the client gets 502 from mod_wsgi 6 and 500 from earlier releases.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished'],
  source: [
    'mod_wsgi 6, wsgi_remote.c, wsgi_scan_headers',
    'mod_wsgi 6.0.0 release notes',
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_scan_headers',
  ],
  why: 'A 500 without a traceback in the log is a process that died, not an exception in the application.',
  judge: (run) => {
    const expected = run.deployment.server.modWsgi === '6' ? 502 : 500;
    return judgeEach(
      provokedEnds(run).flatMap(({ by, request }) => (by === 'exit' && request ? [request] : [])),
      'no application ended its daemon process before it answered',
      (request) =>
        request.outcome?.kind === 'request.finished' && request.outcome.status === expected
          ? null
          : {
              says: `${request.id} ended its process and ${outcomeOf(request)}, not ${expected}`,
              seqs: seqsOf(request),
            },
    );
  },
};
