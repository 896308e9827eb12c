import { undisturbedUntil } from '../calm.ts';
import { type Entry, entriesOf, type RequestHistory, requestHistories, seqsOf } from '../histories.ts';
import { lifespansOf } from '../lifespans.ts';
import { heldOf, insideAt } from '../overlaps.ts';
import { judgeEach, type UwsgiRule } from '../rule.ts';

/** What a cycle of about a second takes more, and what a worker takes to start. In ms. */
const lateness = 4000;

/** That idle workers are retired again is not waited for. */
export const uwsgiCheaperFollowsTheLoad: UwsgiRule = {
  id: 'LIFE-UWSGI-06',
  level: 'must',
  area: 'children',
  says: 'With cheaper another worker is started once all have been busy for more than cheaper-overload cycles of about a second.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'request.released'],
  source: [
    'uWSGI 2.0, core/master_utils.c, uwsgi_cheaper_algo_spare and uwsgi_calc_cheaper',
    'uWSGI manual, The uWSGI cheaper subsystem',
  ],
  why: 'The first users of a busy hour wait some seconds for the workers that the night had saved.',
  judge: ({ deployment: { cheaper, processes, threads }, trace }) => {
    const held = heldOf(entriesOf(trace));
    return judgeEach(
      cheaper === null || cheaper.algorithm !== 'spare'
        ? []
        : requestHistories(trace).flatMap((waiting) => {
            const busy = insideAt(held, waiting.sent.seq);
            const met = lifespansOf(trace).filter(({ from }) => from < waiting.sent.seq).length;
            // All that anybody has met are full, and there may be more.
            const isOverloaded =
              busy.length >= cheaper.initial * threads && busy.length >= met * threads && met < processes;
            const end = Math.min(letGo([waiting, ...requestsOf(busy)]), undisturbedUntil(trace, waiting.sent.seq));
            const until = trace.find(({ seq }) => seq === end) ?? trace.at(-1);
            const waited = until ? until.at - waiting.sent.at : 0;
            return isOverloaded && waited > cheaper.overload * 1000 + lateness ? [{ waiting, end }] : [];
          }),
      cheaper === null
        ? 'cheaper is off'
        : 'no request waited while all workers were busy for longer than cheaper-overload',
      ({ waiting, end }) =>
        waiting.observed.some(({ seq }) => seq < end)
          ? null
          : { says: `${waiting.id} waited for a worker, and none was started`, seqs: seqsOf(waiting) },
    );
  },
};

const requestsOf = (entries: readonly Entry[]): readonly RequestHistory[] => entries.map(({ request }) => request);

/** When the first of them was let go. */
const letGo = (requests: readonly RequestHistory[]): number =>
  Math.min(...requests.map(({ released, outcome }) => (released ?? outcome)?.seq ?? Number.POSITIVE_INFINITY));
