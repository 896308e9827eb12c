import { lifespansOf } from '../lifespans.ts';
import { anyGunicorn, type GunicornRule, judgeEach } from '../rule.ts';
import { nextServerSignal, serverSignalled } from './server-signals.ts';

/** Only workers that began after the signal are counted: older ones may finish what they have. */
export const gunicornHupForgetsTtinAndTtou: GunicornRule = {
  id: 'RELOAD-GUNI-03',
  level: 'must',
  area: 'restarts',
  says: 'SIGHUP sets the number of workers back to what is configured, whatever SIGTTIN and SIGTTOU had made of it.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'gunicorn 20.1, arbiter.py, reload: self.setup(self.app) sets num_workers, spawn_worker as often as workers says, manage_workers',
    'gunicorn manual, Signal Handling, TTIN and TTOU',
  ],
  why: 'A server that was made larger by hand shrinks at the next deployment.',
  judge: ({ deployment: { workers }, trace }) => {
    const signals = serverSignalled(trace);
    return judgeEach(
      signals.flatMap((hup) => {
        if (hup.signal !== 'SIGHUP') return [];
        const changes = signals.filter(
          ({ seq, signal }) => seq < hup.seq && signal !== 'SIGUSR1' && signal !== 'SIGWINCH',
        );
        if (!changes.at(-1)?.signal.startsWith('SIGTT')) return [];
        const end = nextServerSignal(trace, hup.seq);
        const begun = lifespansOf(trace).filter(({ known, from }) => hup.from < known && hup.seq < from && from < end);
        return begun.length > 0 ? [{ hup, begun }] : [];
      }),
      'no request met a new worker after SIGHUP had followed SIGTTIN or SIGTTOU',
      ({ hup, begun }) => {
        for (const one of begun) {
          const together = begun.filter(({ from, to }) => from <= one.from && one.from <= to);
          if (together.length > workers)
            return {
              says: `${together.length} new workers ran the application at once after SIGHUP, and ${workers} are configured`,
              seqs: [hup.seq, ...together.map(({ from }) => from)],
            };
        }
        return null;
      },
    );
  },
};
