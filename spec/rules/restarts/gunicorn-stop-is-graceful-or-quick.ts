import type { GunicornDeployment } from '../../deployments/gunicorn.ts';
import type { Trace } from '../../trace.ts';
import { isUndisturbed } from '../calm.ts';
import { type Entry, outcomeOf, requestHistories, seqsOf, succeeded } from '../histories.ts';
import { anyGunicorn, type GunicornRule, judgeEach, type Objection } from '../rule.ts';
import { insideAtOnset, type ServerSignalled, serverSignalled } from './server-signals.ts';

/** Times are counted from the last moment at which the signal had not been sent, or the first at which it had its effect. In ms. */
const lateness = 5000;
const earliness = 500;

export const gunicornStopIsGracefulOrQuick: GunicornRule = {
  id: 'SHUT-GUNI-01',
  level: 'must',
  area: 'restarts',
  says: 'SIGTERM stops the server and gives requests in progress graceful_timeout to end, while at SIGINT and SIGQUIT sync and gevent workers drop them and a gthread worker finishes them.',
  appliesTo: anyGunicorn,
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'gunicorn manual, Signal Handling, TERM, INT and QUIT; Settings, graceful_timeout',
    'gunicorn 20.1, arbiter.py, stop; workers/base.py, handle_exit and handle_quit; workers/gthread.py, handle_quit',
  ],
  why: 'How the service manager stops the server decides whether users lose their requests at each deployment.',
  judge: ({ deployment, trace }) => {
    const stops = serverSignalled(trace).filter(
      ({ signal, seq }) =>
        (signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGQUIT') && !hasSecondArbiter(trace, seq),
    );
    return judgeEach<() => Objection | null>(
      stops.flatMap((stop) => [
        ...requestHistories(trace)
          .filter(({ sent, outcome }) => sent.seq > stop.seq && outcome !== null)
          .map(
            (request) => () =>
              succeeded(request)
                ? {
                    says: `${request.id} was sent after ${stop.signal} and ${outcomeOf(request)}`,
                    seqs: [stop.seq, ...seqsOf(request)],
                  }
                : null,
          ),
        ...insideAtOnset(trace, stop).flatMap((entry) => {
          const { outcome } = entry.request;
          // A request that was let go before the signal was recorded may have left before it came.
          return outcome !== null && outcome.seq > stop.from && isUndisturbed(trace, stop.seq, outcome.seq)
            ? [() => against(deployment, stop, entry)]
            : [];
        }),
      ]),
      'the server was not told to stop',
      (objection) => objection(),
    );
  },
};

function against(deployment: GunicornDeployment, stop: ServerSignalled, { request, seen }: Entry): Objection | null {
  const { outcome, released } = request;
  if (outcome === null) return null;
  const { gracefulTimeout, workerClass } = deployment;
  const finishes = stop.signal === 'SIGTERM' || workerClass === 'gthread';
  const says = `${request.id} was inside ${workerClass} worker ${seen.pid} at ${stop.signal} and ${outcomeOf(request)}`;
  const objection = { says, seqs: [stop.seq, ...seqsOf(request)] };
  if (!succeeded(request)) return finishes && outcome.at - stop.since < gracefulTimeout - earliness ? objection : null;
  const letGo = released ?? outcome;
  if (!finishes) return letGo.seq > stop.seq ? objection : null;
  return letGo.at - stop.at > gracefulTimeout + lateness ? objection : null;
}

const hasSecondArbiter = (trace: Trace, seq: number): boolean =>
  serverSignalled(trace).some((one) => one.signal === 'SIGUSR2' && one.seq < seq);
