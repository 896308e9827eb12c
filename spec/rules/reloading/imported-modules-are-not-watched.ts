import { eventsOf } from '../../trace.ts';
import { mounted } from '../configured.ts';
import { isCalm, isSteady } from '../endings.ts';
import { entriesOf, processLimit } from '../histories.ts';
import { strayFromMainInterpreter } from '../isolation/main-interpreter.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

/** Judged where a group has one process that nothing else ends, so that the next request would meet it again. */
export const importedModulesAreNotWatched: ApacheRule = {
  id: 'RELOAD-DAEMON-07',
  level: 'must',
  area: 'reloading',
  says: 'Only the script file itself is watched; changes to modules it imports have no effect until the process is replaced.',
  appliesTo: bothModes,
  needs: ['observation', 'request.sent', 'act.performed'],
  source: ['mod_wsgi 6.0.5, wsgi_interp.c, wsgi_reload_required', 'mod_wsgi manual, Reloading Source Code'],
  why: 'A new version of a package shows only after the script is touched or the server restarted.',
  judge: (run) =>
    judgeEach(
      revisits(run),
      'no module that a script imports was changed between two requests to the same only process',
      ({ before, after, changedAt }) =>
        before.seen.process === after.seen.process && before.seen.scriptGlobals === after.seen.scriptGlobals
          ? null
          : {
              says: `${after.request.id} met a new loading of ${after.mount.script} because a module was changed`,
              seqs: [before.seq, changedAt, after.seq],
              ...strayFromMainInterpreter([before, after], entriesOf(run.trace)),
            },
    ),
};

function revisits(run: ApacheRun) {
  const entries = mounted(run, entriesOf(run.trace));
  return eventsOf(run.trace, 'act.performed').flatMap(({ act, seq }) => {
    if (act.kind !== 'touch-module') return [];
    const own = entries.filter(({ mount }) => mount.script === act.script && isLasting(run, mount.processGroup));
    const after = own.find(({ request }) => request.sent.seq > seq);
    const before = own.findLast(
      (entry) =>
        entry.seq < seq &&
        entry.seen.processGroup === after?.seen.processGroup &&
        entry.seen.applicationGroup === after.seen.applicationGroup,
    );
    if (!before || !after) return [];
    const isAlone = isCalm(run.trace, before.seq, seq) && isCalm(run.trace, seq, after.seq);
    return isAlone ? [{ before, after, changedAt: seq }] : [];
  });
}

function isLasting(run: ApacheRun, processGroup: string): boolean {
  if (processLimit(run, processGroup) !== 1) return false;
  const group = run.deployment.daemons.find(({ name }) => name === processGroup);
  return group ? isSteady(group) : run.deployment.children.maxConnectionsPerChild === 0;
}
