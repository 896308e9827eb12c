import { isUndisturbed } from '../calm.ts';
import { outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { type GunicornRule, judgeEach } from '../rule.ts';
import { insideAtOnset, serverSignalled } from './server-signals.ts';

/** The heartbeat is a time of a file, and is given before the request is accepted. In ms. */
const earliness = 500;

/** How long it may take at most is rule LIFE-GUNI-02. */
export const gunicornOldSyncWorkerMayOutliveGracefulTimeout: GunicornRule = {
  id: 'RELOAD-GUNI-04',
  level: 'may',
  area: 'restarts',
  says: 'After SIGHUP an old sync worker goes on beyond graceful_timeout until its request ends or timeout is over.',
  appliesTo: ['gunicorn-sync'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'gunicorn 20.1, arbiter.py, manage_workers: SIGTERM and nothing after it; murder_workers: by the heartbeat alone',
    'gunicorn manual, Settings, graceful_timeout, says otherwise: workers still alive after the timeout are force killed',
  ],
  why: 'A restart may leave old code running for as long as its slowest request, whatever graceful_timeout says.',
  judge: ({ deployment: { gracefulTimeout, timeout }, trace }) =>
    judgeEach(
      serverSignalled(trace).flatMap((hup) =>
        hup.signal !== 'SIGHUP'
          ? []
          : insideAtOnset(trace, hup).flatMap((entry) => {
              const { outcome, released, sent } = entry.request;
              if (outcome === null || !isUndisturbed(trace, hup.seq, outcome.seq)) return [];
              // It may have been let go, or lost, before the signal had its effect.
              const stayed = (released ?? outcome).at - hup.at > gracefulTimeout;
              const isSilent = timeout > 0 && outcome.at - sent.at >= timeout - earliness;
              const wasCut = !succeeded(entry.request) && outcome.seq > hup.from && !isSilent;
              return stayed || wasCut ? [{ hup, entry, outcome, wasCut }] : [];
            }),
      ),
      'no request was inside an old worker for longer than graceful_timeout',
      ({ hup, entry: { request, seen }, outcome, wasCut }) =>
        wasCut
          ? {
              says: `${request.id} was inside worker ${seen.pid} at SIGHUP, and ${outcomeOf(request)} after ${outcome.at - hup.since} ms`,
              seqs: [hup.seq, ...seqsOf(request)],
            }
          : null,
    ),
};
