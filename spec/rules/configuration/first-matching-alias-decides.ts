import type { RoutedMount } from '../../routing/route.ts';
import { claimsOn, mounted } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

/** Exercised where a later alias that matches too would have shown another SCRIPT_NAME or another group. */
export const firstMatchingAliasDecides: ApacheRule = {
  id: 'CONF-ALIAS-03',
  level: 'must',
  area: 'configuration',
  says: 'Aliases are tried in the order configured, those of the virtual host before those of the server, and the first match decides.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_alias_matches and wsgi_hook_intercept'],
  why: 'WSGIScriptAlias / before /admin hides /admin; the longest prefix does not win, as in other servers.',
  judge: (run) =>
    judgeEach(
      mounted(run, entriesOf(run.trace)).flatMap((entry) => {
        const [first, ...others] = claimsOn(run, entry.request);
        if (first?.route.kind !== 'application') return [];
        const expected = shown(first.route.mount);
        const rivals = others.filter(({ route }) => route.kind === 'application' && shown(route.mount) !== expected);
        return rivals.length > 0 ? [{ entry, first: first.alias, expected }] : [];
      }),
      'no application was entered that two aliases claim',
      ({ entry, first, expected }) => {
        const { request, seen, seq } = entry;
        return shown({
          scriptName: seen.scriptName,
          processGroup: seen.processGroup ?? '',
          applicationGroup: seen.applicationGroup ?? '',
        }) === expected
          ? null
          : { says: `${request.id} was not answered by the first alias that matches, ${first.url}`, seqs: [seq] };
      },
    ),
};

const shown = (mount: Pick<RoutedMount, 'scriptName' | 'processGroup' | 'applicationGroup'>): string =>
  JSON.stringify([mount.scriptName, mount.processGroup, mount.applicationGroup]);
