import { mounted, written } from '../configured.ts';
import { entriesOf } from '../histories.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';

export const embeddedIsTheDefault: ApacheRule = {
  id: 'CONF-PG-01',
  level: 'must',
  area: 'configuration',
  says: 'With no WSGIProcessGroup and no process-group option the application runs embedded, and mod_wsgi.process_group is the empty string, even if daemon groups are defined.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_process_group', 'mod_wsgi manual, WSGIProcessGroup'],
  why: 'A WSGIDaemonProcess that nothing selects runs idle beside an application that lives in Apache’s own children.',
  judge: (run) =>
    judgeEach(
      mounted(run, entriesOf(run.trace)).filter((entry) => written(run, entry, 'processGroup') === undefined),
      'no application was entered whose process group is chosen nowhere',
      ({ request, seen, seq }) =>
        seen.processGroup === ''
          ? null
          : { says: `${request.id} reports mod_wsgi.process_group ${JSON.stringify(seen.processGroup)}`, seqs: [seq] },
    ),
};
