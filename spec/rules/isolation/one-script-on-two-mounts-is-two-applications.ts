import { entriesOf, firstOfEach, groupedBy, pairsOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { defaultGrouped, haveDifferentGroups } from './default-group.ts';

export const oneScriptOnTwoMountsIsTwoApplications: ApacheRule = {
  id: 'ISO-INTERP-03',
  level: 'must',
  area: 'isolation',
  says: 'One script file mounted at two URL prefixes under the default group is loaded twice, as two unrelated modules in two interpreters.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_application_group',
    'mod_wsgi 4.9.4, wsgi_interp.c, wsgi_acquire_interpreter',
  ],
  why: 'A second alias for the same file doubles start-up work and memory, and splits its globals.',
  judge: (run) => {
    const mounts = firstOfEach(defaultGrouped(run, entriesOf(run.trace)), ({ seen, request, mount }) =>
      JSON.stringify([
        seen.process,
        mount.script,
        request.sent.to.host,
        request.sent.to.port,
        seen.scriptName,
        seen.scriptGlobals,
      ]),
    );
    const twins = [...groupedBy(mounts, ({ seen, mount }) => JSON.stringify([seen.process, mount.script])).values()]
      .flatMap(pairsOf)
      .filter(([a, b]) => haveDifferentGroups(run, a, b));
    return judgeEach(
      twins,
      'no process ran one script under two mounts that leave the application group to the server',
      ([a, b]) =>
        a.seen.interpreter === b.seen.interpreter ||
        a.seen.scriptGlobals === b.seen.scriptGlobals ||
        a.seen.importedModule === b.seen.importedModule
          ? {
              says: `${a.mount.script} under "${a.seen.scriptName}" and "${b.seen.scriptName}" was one application in process ${a.seen.pid}`,
              seqs: [a.seq, b.seq],
            }
          : null,
    );
  },
};
