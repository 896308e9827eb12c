import type { ServerSignal } from '../../trace.ts';
import { hasBroken } from '../damage.ts';
import { outcomeOf, seqsOf } from '../histories.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';
import { aftermaths, notReplaced, unanswered } from './told-to-go-on.ts';

export const uwsgiTermReloadsAndIntStops: UwsgiRule = {
  id: 'SHUT-UWSGI-01',
  level: 'must',
  area: 'restarts',
  says: 'SIGTERM to the master reloads the server brutally, and SIGINT and SIGQUIT stop it; with die-on-term SIGTERM stops it and SIGQUIT reloads it.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'uWSGI 2.0, core/master.c, master_loop: uwsgi_unix_signal',
    'uWSGI manual, Managing the uWSGI server, Signals',
  ],
  why: 'A service manager that sends SIGTERM never sees the server stop, and kills it in the end.',
  judge: ({ deployment, trace }) => {
    const { dieOnTerm, exitOnReload, master } = deployment;
    const reloads: ServerSignal = dieOnTerm ? 'SIGQUIT' : 'SIGTERM';
    const stops: readonly ServerSignal[] = [
      'SIGINT',
      dieOnTerm ? 'SIGTERM' : 'SIGQUIT',
      ...(exitOnReload ? [reloads] : []),
    ];
    return judgeEach(
      master
        ? [
            ...(exitOnReload
              ? []
              : aftermaths({ deployment, trace }, [reloads], ({ seq }) => !hasBroken(trace, seq)).map((aftermath) => ({
                  aftermath,
                  isOver: false,
                }))),
            ...aftermaths({ deployment, trace }, stops).map((aftermath) => ({ aftermath, isOver: true })),
          ]
        : [],
      'nobody asked after SIGTERM, SIGINT or SIGQUIT',
      ({ aftermath, isOver }) => {
        if (!isOver) return unanswered(aftermath) ?? notReplaced(trace, aftermath);
        const answered = aftermath.requests.find(({ outcome }) => outcome?.kind === 'request.finished');
        return answered
          ? {
              says: `${answered.id} was sent when the server had been told to stop, and ${outcomeOf(answered)}`,
              seqs: [aftermath.done.seq, ...seqsOf(answered)],
            }
          : null;
      },
    );
  },
};
