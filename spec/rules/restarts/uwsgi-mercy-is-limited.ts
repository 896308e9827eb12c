import { outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';
import { insideAtOnset, serverSignalled } from './server-signals.ts';

/** The master looks at its clock of whole seconds once a second. In ms. */
const lateness = 5000;
const earliness = 1100;

export const uwsgiMercyIsLimited: UwsgiRule = {
  id: 'SHUT-UWSGI-02',
  level: 'must',
  area: 'restarts',
  says: 'A worker that is told to go gracefully is killed when worker-reload-mercy is over, and not earlier.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed', 'act.performed'],
  source: [
    'uWSGI 2.0, core/master_utils.c, uwsgi_curse: no_mercy_at; core/master.c, uwsgi_master_check_mercy: SIGKILL',
    'uWSGI manual, Options, worker-reload-mercy',
  ],
  why: 'It is how long a reload may take, and how long a slow request has.',
  judge: ({ deployment, trace }) => {
    const { workerReloadMercy, harakiri, exitOnReload, master, listens } = deployment;
    const isDirect = listens.every(({ protocol }) => protocol !== 'http');
    return judgeEach(
      harakiri > 0 || exitOnReload || !master || !isDirect
        ? []
        : serverSignalled(trace).flatMap((hup) =>
            hup.signal !== 'SIGHUP'
              ? []
              : insideAtOnset(trace, hup).flatMap((entry) => {
                  const { outcome } = entry.request;
                  return outcome !== null && outcome.seq > hup.from ? [{ entry, hup, outcome }] : [];
                }),
          ),
      'no request was inside when SIGHUP came',
      ({ entry: { request, seen }, hup, outcome }) => {
        const says = `${request.id} was inside worker ${seen.pid} at SIGHUP and ${outcomeOf(request)}`;
        const seqs = [hup.seq, ...seqsOf(request)];
        if (!succeeded(request)) return outcome.at - hup.since < workerReloadMercy - earliness ? { says, seqs } : null;
        const letGo = request.released ?? outcome;
        return letGo.at - hup.at > workerReloadMercy + lateness ? { says, seqs } : null;
      },
    );
  },
};
