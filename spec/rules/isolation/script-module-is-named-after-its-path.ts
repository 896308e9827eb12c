import { mounted } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/**
 * The digest itself is not recomputed: a world may keep its scripts under another path than the deployment says. What
 * must hold anywhere is its form, and that one script has one name and two scripts have two.
 */
export const scriptModuleIsNamedAfterItsPath: ApacheRule = {
  id: 'ISO-INTERP-05',
  level: 'must',
  area: 'isolation',
  says: 'A script’s module is registered under a name made from the MD5 of its full path, so importing the file by its ordinary name makes a second module.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_module_name', 'mod_wsgi manual, Reloading Source Code'],
  why: 'Code that imports its own script file by name gets another copy of its globals.',
  judge: (run) => {
    const entries = mounted(run, entriesOf(run.trace));
    return judgeEach(entries, 'no application was entered', ({ request, seen, seq, mount }) => {
      if (!/^_mod_wsgi_[0-9a-f]{32}$/.test(seen.moduleName))
        return { says: `${request.id} ran in a module named ${seen.moduleName}`, seqs: [seq] };
      const clash = entries.find(
        (other) => (other.mount.script === mount.script) !== (other.seen.moduleName === seen.moduleName),
      );
      return clash
        ? {
            says: `${mount.script} was module ${seen.moduleName} and ${clash.mount.script} was ${clash.seen.moduleName}`,
            seqs: [seq, clash.seq],
          }
        : null;
    });
  },
};
