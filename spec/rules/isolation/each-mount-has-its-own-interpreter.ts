import { entriesOf, firstOfEach, groupedBy, pairsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { defaultGrouped, haveDifferentGroups } from './default-group.ts';

export const eachMountHasItsOwnInterpreter: ApacheRule = {
  id: 'ISO-INTERP-01',
  level: 'must',
  area: 'isolation',
  says: 'Without WSGIApplicationGroup each mount point runs in its own sub-interpreter, as if the setting were %{RESOURCE}.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_application_group', 'mod_wsgi manual, WSGIApplicationGroup'],
  why: 'Two applications in one process do not see each other’s modules, and code that cannot live in a sub-interpreter breaks.',
  judge: (run) => {
    const mounts = firstOfEach(defaultGrouped(run, entriesOf(run.trace)), ({ seen, request }) =>
      JSON.stringify([seen.process, request.sent.to.host, request.sent.to.port, seen.scriptName, seen.interpreter]),
    );
    const meetings = [...groupedBy(mounts, ({ seen }) => seen.process).values()]
      .flatMap(pairsOf)
      .filter(([a, b]) => haveDifferentGroups(run, a, b));
    return judgeEach(meetings, 'no process ran two mounts that leave the application group to the server', ([a, b]) =>
      a.seen.interpreter === b.seen.interpreter || a.seen.applicationGroup === b.seen.applicationGroup
        ? {
            says: `the mounts "${a.seen.scriptName}" and "${b.seen.scriptName}" ran in one interpreter of process ${a.seen.pid}`,
            seqs: [a.seq, b.seq],
          }
        : null,
    );
  },
};
