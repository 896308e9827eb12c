import { type DaemonGroup, processCount } from '../../deployments/apache.ts';
import { type MountedEntry, mounted } from '../configured.ts';
import { isCalm, isSteady } from '../endings.ts';
import { entriesOf, requestHistories } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';
import { asksFor, discoveriesOf, returnsOf, touchesOf } from './touches.ts';

export const touchedScriptReplacesItsProcess: ApacheRule = {
  id: 'RELOAD-DAEMON-01',
  level: 'must',
  area: 'reloading',
  says: 'In daemon mode the script’s modification time is checked at each request that reaches a process, and a change makes that process end and be replaced; without a request nothing happens.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'act.performed'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_execute_script and wsgi_reload_required',
    'mod_wsgi manual, WSGIScriptReloading',
  ],
  why: 'Touching the script file is the usual way to deploy, and it takes effect only when the next visitor comes.',
  judge: (run) =>
    judgeEach(
      [...oldCodeAfterTouch(run), ...replaced(run), ...untouchedMeanwhile(run)],
      'no script of a daemon process was touched and then asked for',
      ({ against }) => against,
    ),
};

type Situation = { readonly against: Objection | null };

/** A process that had the old code must not run the script again. */
const oldCodeAfterTouch = (run: ApacheRun): readonly Situation[] =>
  returnsOf(run)
    .filter(({ after }) => after.seen.processGroup !== '' && after.mount.scriptReloading)
    .map(({ touch, before, after }) => ({
      against: {
        says: `process ${after.seen.pid} had loaded ${touch.script} before the touch and still ran ${after.request.id}`,
        seqs: [before.seq, touch.seq, after.seq],
      },
    }));

/** With one process the request that finds out ends up in another one. */
const replaced = (run: ApacheRun): readonly Situation[] =>
  discoveriesOf(run)
    .filter(({ request, old }) => request.observed.some(({ seen }) => seen.process !== old))
    .map(() => ({ against: null }));

/** Other scripts of the one process stay where they are until the touched one is asked for. */
function untouchedMeanwhile(run: ApacheRun): readonly Situation[] {
  const entries = mounted(run, entriesOf(run.trace));
  const steady = run.deployment.daemons.filter((group) => processCount(group) === 1 && isSteady(group));
  return touchesOf(run).flatMap((touch) =>
    steady.flatMap((group) => {
      const next = meanwhile(run, entries, touch, group);
      const latest = entries.findLast((entry) => entry.seen.processGroup === group.name && entry.seq < touch.seq);
      if (!next || !latest) return [];
      const against =
        next.seen.process === latest.seen.process
          ? null
          : {
              says: `a touch of ${touch.script} replaced process ${latest.seen.pid} before any request for it`,
              seqs: [latest.seq, touch.seq, next.seq],
            };
      return [{ against }];
    }),
  );
}

/** The first entry of the group after the touch, if it is for another script and nothing else happened in between. */
function meanwhile(
  run: ApacheRun,
  entries: readonly MountedEntry[],
  touch: { readonly seq: number; readonly script: string },
  group: DaemonGroup,
): MountedEntry | null {
  const next = entries.find((entry) => entry.seen.processGroup === group.name && entry.request.sent.seq > touch.seq);
  const latest = entries.findLast((entry) => entry.seen.processGroup === group.name && entry.seq < touch.seq);
  if (!next || !latest || next.mount.script === touch.script) return null;
  const asked = requestHistories(run.trace).some(
    (request) => request.sent.seq < next.seq && asksFor(run, request, touch, group.name),
  );
  // The other script may have a touch of its own to find out about.
  const owed = touchesOf(run).some(({ script, seq }) => script === next.mount.script && seq < next.seq);
  const calm = isCalm(run.trace, latest.request.sent.seq - 1, touch.seq) && isCalm(run.trace, touch.seq, next.seq);
  return !asked && !owed && calm ? next : null;
}
