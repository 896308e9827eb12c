import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';
import { aftermaths, replaced, unanswered } from './told-to-go-on.ts';

export const gunicornKeepsOneWorkerAndIgnoresWinch: GunicornRule = {
  id: 'SHUT-GUNI-02',
  level: 'must',
  area: 'restarts',
  says: 'SIGTTOU never takes the last worker, SIGWINCH does nothing unless the server is a daemon, and SIGUSR1 only opens the logs again.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'request.finished', 'request.failed', 'act.performed', 'process.appeared'],
  source: [
    'gunicorn manual, Signal Handling, TTOU, WINCH and USR1',
    'gunicorn 20.1, arbiter.py, handle_ttou, handle_winch and handle_usr1',
  ],
  why: 'A terminal that is resized, or a rotation of logs, must not end anything.',
  judge: ({ deployment, trace }) => {
    const harmless = deployment.daemon ? (['SIGUSR1'] as const) : (['SIGUSR1', 'SIGWINCH'] as const);
    return judgeEach(
      [
        ...aftermaths({ deployment, trace }, ['SIGTTOU']).map((aftermath) => ({ aftermath, isHarmless: false })),
        ...(deployment.maxRequests > 0 || deployment.reload
          ? []
          : aftermaths({ deployment, trace }, harmless).map((aftermath) => ({ aftermath, isHarmless: true }))),
      ],
      'nobody asked after SIGTTOU, SIGWINCH or SIGUSR1',
      ({ aftermath, isHarmless }) => unanswered(aftermath) ?? (isHarmless ? replaced(trace, aftermath) : null),
    );
  },
};
