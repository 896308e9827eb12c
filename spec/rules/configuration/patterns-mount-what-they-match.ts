import { type MountedEntry, mounted } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

export const patternsMountWhatTheyMatch: ApacheRule = {
  id: 'CONF-ALIAS-05',
  level: 'must',
  area: 'configuration',
  says: 'WSGIScriptAliasMatch puts what the groups of its expression matched in the place of $1 and so on, so that one line mounts many scripts; SCRIPT_NAME ends where the match ends, and PATH_INFO is the rest.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_hook_intercept: ap_pregsub and matches[0].rm_eo',
    'mod_wsgi manual, WSGIScriptAliasMatch',
  ],
  why: 'An expression that ends too early or too late gives the application URLs that it does not know.',
  judge: (run) => {
    const entries = matched(run);
    return judgeEach(entries, 'no application was entered by way of an expression', (entry) => {
      const { request, seen, seq, mount } = entry;
      if (seen.scriptName !== mount.scriptName || seen.pathInfo !== mount.pathInfo)
        return {
          says: `${request.id} was told SCRIPT_NAME '${seen.scriptName}' and PATH_INFO '${seen.pathInfo}', and ${mount.alias.url} matches '${mount.scriptName}'`,
          seqs: [seq],
        };
      const clash = entries.find(
        (other) => (other.mount.script === mount.script) !== (other.seen.moduleName === seen.moduleName),
      );
      return clash
        ? {
            says: `${request.id} for ${mount.script} and ${clash.request.id} for ${clash.mount.script} ran ${clash.mount.script === mount.script ? 'two scripts' : 'one script'}`,
            seqs: [seq, clash.seq],
          }
        : null;
    });
  },
};

/** The entries for which an expression decided. */
const matched = (run: ApacheRun): readonly MountedEntry[] =>
  mounted(run, entriesOf(run.trace)).filter(({ mount }) => mount.alias.match === 'pattern');
