import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { defaultGrouped, defaultGroupNames, scriptNameOf } from './default-group.ts';

export const defaultGroupIsServerPortAndMount: ApacheRule = {
  id: 'ISO-INTERP-02',
  level: 'must',
  area: 'isolation',
  says: 'The default application group is ServerName, a colon and the port unless it is 80 or 443, a vertical bar, and SCRIPT_NAME in lower case.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_application_group and wsgi_script_name'],
  why: 'One site on two other ports is two interpreters, each with its own imports and its own memory.',
  judge: (run) =>
    judgeEach(
      defaultGrouped(run, entriesOf(run.trace)),
      'no application was entered that leaves its application group to the server',
      (entry) => {
        const { request, seen, seq } = entry;
        const names = defaultGroupNames(run, entry);
        // Without ServerName the server guesses its own name, and only the end is known.
        const right = names
          ? names.includes(seen.applicationGroup ?? '')
          : (seen.applicationGroup?.endsWith(`|${scriptNameOf(entry)}`) ?? false);
        return right
          ? null
          : {
              says: `${request.id} ran in application group "${seen.applicationGroup}" instead of "${names?.[0] ?? `…|${scriptNameOf(entry)}`}"`,
              seqs: [seq],
            };
      },
    ),
};
