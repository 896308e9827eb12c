import { embeddedEntries } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';
import { cutOffInTime, isHeldOver, toTheKill } from './cut-off.ts';
import { abrupt, insideAtOnset, serverSignalled } from './server-signals.ts';

export const childLeftBehindHearsNothing: ApacheRule = {
  id: 'RELOAD-APACHE-05',
  level: 'must',
  area: 'restarts',
  says: 'A child of worker or event that finishes its requests since a graceful restart hears nothing of a later SIGTERM or SIGHUP to the server: what it has goes on for 9 s, and is cut off when the child is killed.',
  appliesTo: ['apache-worker-embedded', 'apache-event-embedded'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'request.released', 'act.performed'],
  source: [
    'httpd 2.4, worker.c and event.c, child_main, which reads its pipe no more once it joins its workers',
    'httpd 2.4, mpm_unix.c, ap_reclaim_child_processes',
    'probed with httpd 2.4.71: end of file 9.4 s after SIGTERM and after SIGHUP under worker and event, at once under prefork',
  ],
  why: 'Meanwhile the server is neither stopped nor restarted, and answers nobody.',
  judge: (run) => {
    const inChildren = new Set(embeddedEntries(run).map(({ request }) => request.id));
    const graceful = serverSignalled(run.trace).filter(({ signal }) => signal === 'SIGUSR1');
    return judgeEach(
      abrupt(run.trace).flatMap((told) => {
        const left = new Set(
          graceful
            .filter(({ seq }) => seq <= told.from)
            .flatMap((restart) => insideAtOnset(run.trace, restart).map(({ request }) => request.id)),
        );
        return insideAtOnset(run.trace, told)
          .filter(({ request }) => inChildren.has(request.id) && left.has(request.id))
          .filter(({ request }) => isHeldOver(request, told, toTheKill))
          .map(({ request }) => ({ request, told }));
      }),
      'no request of before a graceful restart was in progress at a later SIGTERM or SIGHUP to the server',
      ({ request, told }) => cutOffInTime(request, told, toTheKill, `${told.signal} to the server`),
    );
  },
};
