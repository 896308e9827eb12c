import { type EventOf, eventsOf } from '../../trace.ts';
import { undisturbedUntil } from '../calm.ts';
import { entriesOf } from '../histories.ts';
import { aliveAt } from '../lifespans.ts';
import { type Done, touched } from '../restarts/server-signals.ts';
import { judgeEach, type Objection, type UwsgiRule } from '../rule.ts';

/** Whether the next worker is told to go only when the one before accepts shows itself in how many are left. */
export const uwsgiChainReloadIsOneByOne: UwsgiRule = {
  id: 'RELOAD-UWSGI-03',
  level: 'must',
  area: 'reloading',
  says: 'touch-workers-reload restarts the workers under the same master, which loads new code only with lazy-apps, and touch-chain-reload restarts one of them at a time.',
  appliesTo: ['uwsgi'],
  needs: ['observation', 'request.sent', 'act.performed', 'process.appeared', 'process.vanished'],
  source: [
    'uWSGI 2.0, core/master_checks.c, uwsgi_master_check_chain; core/master.c, uwsgi_block_signal … uwsgi_curse',
    'uWSGI manual, The Art of Graceful Reloading: chain reloading',
  ],
  why: 'With one worker at a time nobody waits; without lazy-apps the old code goes on.',
  judge: ({ deployment, trace }) => {
    const { processes, master, touchWorkersReload, touchChainReload, touchReload, cheaper } = deployment;
    const isLazy = deployment.lazyApps || deployment.lazy;
    const last = trace.at(-1)?.seq ?? 0;
    return judgeEach(
      !master || cheaper !== null
        ? []
        : touched(trace).flatMap((touch) => {
            if (touchReload.includes(touch.file)) return [];
            const isChain = touchChainReload.includes(touch.file);
            if (!isChain && !touchWorkersReload.includes(touch.file)) return [];
            const end = Math.min(undisturbedUntil(trace, touch.seq), last);
            const gone = eventsOf(trace, 'process.vanished').filter(({ seq }) => touch.seq < seq && seq < end);
            return gone.length > 0 ? [{ touch, isChain, gone, end }] : [];
          }),
      'no worker was restarted by a touch',
      ({ touch, isChain, gone, end }) =>
        loadedAnew(touch, end) ?? (isChain && deployment.maxRequests === 0 ? tooFew(gone) : null),
    );

    function loadedAnew(touch: Done, end: number): Objection | null {
      const before = entriesOf(trace).findLast(({ seq }) => seq < touch.from);
      const after = entriesOf(trace).findLast(({ seq, request }) => request.sent.seq > touch.seq && seq < end);
      return !isLazy &&
        before &&
        after &&
        before.seen.loadedBy !== after.seen.loadedBy &&
        before.seen.scriptName === after.seen.scriptName
        ? {
            says: `${after.request.id} ran code that was loaded anew by a restart of the workers alone`,
            seqs: [before.seq, touch.seq, after.seq],
          }
        : null;
    }

    function tooFew(gone: readonly EventOf<'process.vanished'>[]): Objection | null {
      for (const { seq } of gone) {
        const alive = aliveAt(trace, seq)?.size ?? processes;
        if (alive < processes - 1)
          return { says: `${alive} of ${processes} workers were left during a chain reload`, seqs: [seq] };
      }
      return null;
    }
  },
};
