import { isUndisturbed } from '../calm.ts';
import { entriesOf, groupedBy, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';
import { insideFor } from './inside-for.ts';

/** The master looks at its clock of whole seconds once a second. In ms. */
const lateness = 5000;
const earliness = 1100;

/** Requests beside which no other one began or ended in their worker: each of those sets or clears its only timer. */
export const uwsgiHarakiriKillsWithoutAnAnswer: UwsgiRule = {
  id: 'LIFE-UWSGI-04',
  level: 'must',
  area: 'deadlines',
  says: 'A worker that runs one request for longer than harakiri is killed, and its client gets no response.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed'],
  source: [
    'uWSGI 2.0, core/master_checks.c, uwsgi_master_check_harakiri; core/master_utils.c, trigger_harakiri: SIGKILL',
    'uWSGI manual, Options, harakiri',
  ],
  why: 'A page that is too slow gives the proxy in front an error of its own, and costs a worker.',
  judge: ({ deployment, trace }) => {
    const { harakiri, harakiriGracefulTimeout, master } = deployment;
    const entries = entriesOf(trace);
    const ofProcess = groupedBy(entries, ({ seen }) => seen.process);
    return judgeEach(
      harakiri === 0 || !master
        ? []
        : entries.flatMap((entry) => {
            const { sent, outcome } = entry.request;
            if (outcome === null || sent.behave !== undefined || !isUndisturbed(trace, sent.seq, outcome.seq))
              return [];
            const isAlone = (ofProcess.get(entry.seen.process) ?? []).every(
              ({ request, seq }) =>
                request === entry.request || (request.outcome?.seq ?? 0) < sent.seq || seq > outcome.seq,
            );
            const isLost = !succeeded(entry.request);
            const isOverdue = insideFor(entry) > harakiri + harakiriGracefulTimeout + lateness;
            return isAlone && (isLost || isOverdue) ? [{ entry, isLost, took: outcome.at - sent.at }] : [];
          }),
      harakiri === 0 ? 'harakiri is off' : 'no request was alone in a worker for longer than harakiri',
      ({ entry: { request, seen }, isLost, took }) => {
        if (!isLost)
          return {
            says: `${request.id} was inside worker ${seen.pid} for ${took} ms and was answered`,
            seqs: seqsOf(request),
          };
        // A router in front may put an answer of its own in the place of none.
        const isAnswered = request.outcome?.kind === 'request.finished' && isDirect(deployment.listens);
        if (isAnswered) return { says: `${request.id} was killed and ${outcomeOf(request)}`, seqs: seqsOf(request) };
        return took < harakiri - earliness
          ? { says: `${request.id} was lost after ${took} ms, before harakiri was over`, seqs: seqsOf(request) }
          : null;
      },
    );
  },
};

const isDirect = (listens: readonly { readonly protocol: string }[]): boolean =>
  listens.every(({ protocol }) => protocol !== 'http');
