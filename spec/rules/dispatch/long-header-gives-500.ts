import { longestHeaderLine } from '../../dispatch/header-limit.ts';
import { routeOf } from '../configured.ts';
import { outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const longHeaderGives500: ApacheRule = {
  id: 'DISP-PROXY-03',
  level: 'must',
  area: 'dispatch',
  says: 'A response header line longer than header-buffer-size (default 32768 bytes) gives 500.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['request.sent', 'request.finished'],
  source: ['mod_wsgi 6.0.5, wsgi_remote.c, wsgi_scan_headers_brigade', 'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_scan_headers'],
  why: 'A large cookie or redirect works embedded and fails in a daemon process.',
  judge: (run) =>
    judgeEach(
      requestHistories(run.trace).flatMap((request) => {
        const { behave } = request.sent;
        const to = routeOf(run, request);
        const group = run.deployment.daemons.find(
          ({ name }) => to.kind === 'application' && name === to.mount.processGroup,
        );
        if (behave?.kind !== 'long-header' || !group || request.outcome === null) return [];
        const longest = longestHeaderLine(group, run.deployment.server.modWsgi);
        return behave.length > longest ? [{ request, longest, length: behave.length }] : [];
      }),
      'no daemon process answered with a header line longer than the buffer',
      ({ request, longest, length }) =>
        succeeded(request)
          ? {
              says: `${request.id} has a header line of ${length} bytes, ${longest} are read, and it ${outcomeOf(request)}`,
              seqs: seqsOf(request),
            }
          : null,
    ),
};
