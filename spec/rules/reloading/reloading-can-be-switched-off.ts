import { maxChildren, processCount } from '../../deployments/apache.ts';
import { type MountedEntry, mounted } from '../configured.ts';
import { isCalm, isSteady } from '../endings.ts';
import { entriesOf, residenceOf } from '../histories.ts';
import { strayFromMainInterpreter } from '../isolation/main-interpreter.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach, type Objection } from '../rule.ts';
import { loadedBefore, type Touch, touchesOf } from './touches.ts';

/** Not judged where another mount of the same script has reloading on and was asked for in between. */
export const reloadingCanBeSwitchedOff: ApacheRule = {
  id: 'RELOAD-OFF-01',
  level: 'must',
  area: 'reloading',
  says: 'With WSGIScriptReloading Off no modification time is compared, and a change waits for another cause of replacement.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script', 'mod_wsgi manual, WSGIScriptReloading'],
  why: 'It is how a production site makes sure that a half-copied deployment is not picked up.',
  judge: (run) => {
    const entries = mounted(run, entriesOf(run.trace));
    return judgeEach(
      touchesOf(run).flatMap((touch) => unwatchedReturns(run, entries, touch)),
      'no script was touched whose reloading is off',
      ({ against }) => against,
    );
  },
};

function unwatchedReturns(
  run: ApacheRun,
  entries: readonly MountedEntry[],
  touch: Touch,
): readonly { against: Objection | null }[] {
  const before = loadedBefore(entries, touch);
  const later = entries.filter((entry) => entry.mount.script === touch.script && entry.request.sent.seq > touch.seq);
  return later.flatMap((after) => {
    if (after.mount.scriptReloading || !isCalm(run.trace, touch.seq, after.seq)) return [];
    const watched = later.some((entry) => entry.seq < after.seq && entry.mount.scriptReloading);
    if (watched) return [];
    const same = before.find((entry) => residenceOf(entry) === residenceOf(after));
    if (same) return [{ against: sameGlobals(run, touch, same, after) }];
    const old = before.find((entry) => entry.seen.processGroup === after.seen.processGroup);
    return old && mustStay(run, old, touch) ? [{ against: sameGlobals(run, touch, old, after) }] : [];
  });
}

const sameGlobals = (run: ApacheRun, touch: Touch, before: MountedEntry, after: MountedEntry): Objection | null =>
  before.seen.process === after.seen.process &&
  (before.seen.scriptGlobals === after.seen.scriptGlobals || residenceOf(before) !== residenceOf(after))
    ? null
    : {
        says: `${after.request.id} ran new code of ${touch.script} in process ${after.seen.pid}, whose reloading is off`,
        seqs: [before.seq, touch.seq, after.seq],
        ...strayFromMainInterpreter([before, after], entriesOf(run.trace)),
      };

/** Where one process serves the group and nothing else ends it, it must still be the one. */
function mustStay(run: ApacheRun, { seen, seq }: MountedEntry, touch: Touch): boolean {
  const { children, daemons } = run.deployment;
  if (!isCalm(run.trace, seq, touch.seq)) return false;
  if (seen.processGroup === '') return maxChildren(children) === 1 && children.maxConnectionsPerChild === 0;
  const group = daemons.find((daemon) => daemon.name === seen.processGroup);
  return group !== undefined && processCount(group) === 1 && isSteady(group);
}
