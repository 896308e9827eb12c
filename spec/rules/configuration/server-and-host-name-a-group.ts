import { hostGroups, mounted, serverGroups, written } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

export const serverAndHostNameAGroup: ApacheRule = {
  id: 'CONF-EXPAND-03',
  level: 'must',
  area: 'configuration',
  says: '%{SERVER} is ServerName and %{HOST} the request’s Host header, each with a colon and the port unless that is 80 or 443.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_application_group'],
  why: 'With %{HOST} a client that varies its Host header makes one interpreter after the other.',
  judge: (run) =>
    judgeEach(
      mounted(run, entriesOf(run.trace)).flatMap((entry) => {
        const value = written(run, entry, 'applicationGroup');
        const names =
          value === '%{SERVER}' ? serverGroups(run, entry) : value === '%{HOST}' ? hostGroups(run, entry) : null;
        return names ? [{ entry, value, names }] : [];
      }),
      'no application was entered whose group is %{SERVER} or %{HOST}',
      ({ entry: { request, seen, seq }, value, names }) =>
        names.includes(seen.applicationGroup ?? '')
          ? null
          : {
              says: `${request.id} ran in application group "${seen.applicationGroup}", ${value} is ${names.join(' or ')}`,
              seqs: [seq],
            },
    ),
};
