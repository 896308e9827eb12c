import { isUndisturbed } from '../calm.ts';
import { entriesOf, outcomeOf, seqsOf, succeeded } from '../histories.ts';
import { isInside } from '../overlaps.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';
import { insideFor } from './inside-for.ts';

const lateness = 1500;

/** What makes a stuck request live: one that came into the same worker beside it, and left before the time was up. */
export const uwsgiHarakiriIsOneForAllThreads: UwsgiRule = {
  id: 'LIFE-UWSGI-05',
  level: 'must',
  area: 'deadlines',
  says: 'The timer of harakiri is one for all threads of a worker: a request that ends clears it for those that go on.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released', 'request.finished', 'request.failed'],
  source: ['uWSGI 2.0, core/utils.c, set_harakiri and uwsgi_close_request: uwsgi.workers[uwsgi.mywid].harakiri'],
  why: 'Beside other traffic a request that hangs is never ended, and keeps its thread for ever.',
  judge: ({ deployment: { harakiri, threads }, trace }) => {
    const entries = entriesOf(trace);
    return judgeEach(
      harakiri === 0 || threads === 1
        ? []
        : entries.filter((stuck) => {
            const { outcome } = stuck.request;
            if (outcome === null || stuck.request.released === null || !isUndisturbed(trace, stuck.seq, outcome.seq))
              return false;
            const beside = entries.filter(
              ({ seen, seq, request }) =>
                seen.process === stuck.seen.process &&
                request !== stuck.request &&
                seq > stuck.seq &&
                isInside(stuck, seq),
            );
            const last = beside.at(-1)?.request.outcome;
            // Whoever came beside it came and went in time; after the last of them no timer runs.
            const wasCleared =
              last !== undefined &&
              last !== null &&
              last.at - stuck.request.sent.at < harakiri - 1000 &&
              beside.every(({ request }) => request.outcome !== null && isInside(stuck, request.outcome.seq));
            return wasCleared && insideFor(stuck) > harakiri + lateness;
          }),
      'no request was inside for longer than harakiri while another one came and left',
      ({ request, seen }) =>
        succeeded(request)
          ? null
          : {
              says: `${request.id} was inside worker ${seen.pid}, where another request had ended, and ${outcomeOf(request)}`,
              seqs: seqsOf(request),
            },
    );
  },
};
