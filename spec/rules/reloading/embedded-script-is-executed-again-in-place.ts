import { maxChildren } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { mounted } from '../configured.ts';
import { isCalm } from '../endings.ts';
import { embeddedEntries, processIdOf } from '../histories.ts';
import { strayFromMainInterpreter } from '../isolation/main-interpreter.ts';
import { type ApacheRule, type ApacheRun, embedded, judgeEach, type Objection } from '../rule.ts';
import { loadedBefore, type Return, returnsOf, touchesOf } from './touches.ts';

export const embeddedScriptIsExecutedAgainInPlace: ApacheRule = {
  id: 'RELOAD-EMBED-01',
  level: 'must',
  area: 'reloading',
  says: 'In embedded mode a change only executes the script file again in the interpreter of the child that got the request: same process, same interpreter, imported modules kept, script globals new.',
  appliesTo: embedded,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script', 'mod_wsgi manual, Reloading Source Code'],
  why: 'A touch brings new code for the script file only; the modules it imports stay old until Apache restarts.',
  judge: (run) =>
    judgeEach(
      [
        ...returnsOf(run)
          .filter(({ after }) => after.seen.processGroup === '' && after.mount.scriptReloading)
          .map((back) => ({ against: notInPlace(run, back) })),
        ...leftItsOnlyChild(run),
      ],
      'no embedded script was touched and then asked for in the same child',
      ({ against }) => against,
    ),
};

function notInPlace(run: ApacheRun, { touch, before, after }: Return): Objection | null {
  const seqs = [before.seq, touch.seq, after.seq];
  const where = `in process ${after.seen.pid} after the touch of ${touch.script}`;
  if (after.seen.scriptGlobals === before.seen.scriptGlobals)
    return { says: `${after.request.id} still ran the old code ${where}`, seqs };
  if (after.seen.interpreter !== before.seen.interpreter || after.seen.importedModule !== before.seen.importedModule)
    return {
      says: `${after.request.id} ran in another interpreter ${where}`,
      seqs,
      ...strayFromMainInterpreter([before, after], embeddedEntries(run)),
    };
  if (after.seen.moduleCount <= before.seen.moduleCount)
    return { says: `${after.request.id} found the imported module fresh ${where}`, seqs };
  const inNewCode = embeddedEntries(run).filter(({ seen }) => seen.scriptGlobals === after.seen.scriptGlobals).length;
  if (after.seen.scriptCount > inNewCode)
    return { says: `${after.request.id} found the script's globals at ${after.seen.scriptCount} ${where}`, seqs };
  const stopped = eventsOf(run.trace, 'process.stopping').find(
    ({ process, because }) => because === 'script-changed' && process === processIdOf(after),
  );
  return stopped ? { says: `${stopped.process} ended because a script changed`, seqs: [...seqs, stopped.seq] } : null;
}

/** Where there is one child only, it must still be the one. */
function leftItsOnlyChild(run: ApacheRun): readonly { against: Objection | null }[] {
  const { children } = run.deployment;
  if (maxChildren(children) !== 1 || children.maxConnectionsPerChild !== 0) return [];
  const entries = mounted(run, embeddedEntries(run));
  return touchesOf(run).flatMap((touch) => {
    const before = loadedBefore(entries, touch)[0];
    const after = entries.find((entry) => entry.mount.script === touch.script && entry.request.sent.seq > touch.seq);
    if (!before || !after?.mount.scriptReloading || !isCalm(run.trace, touch.seq, after.seq)) return [];
    const against =
      before.seen.process === after.seen.process
        ? null
        : {
            says: `a touch of ${touch.script} replaced the child ${before.seen.pid}`,
            seqs: [before.seq, touch.seq, after.seq],
          };
    return [{ against }];
  });
}
