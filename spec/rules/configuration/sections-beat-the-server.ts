import { insideSections, outsideSections } from '../configured.ts';
import { type ApacheRule, bothModes, judgeEach } from '../rule.ts';
import { choices } from './choices.ts';

export const sectionsBeatTheServer: ApacheRule = {
  id: 'CONF-LOCATION-01',
  level: 'must',
  area: 'configuration',
  says: 'WSGIProcessGroup and WSGIApplicationGroup are accepted at server, virtual host and Directory or Location level, and the section’s value wins over the server’s.',
  appliesTo: bothModes,
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_create_req_config', 'mod_wsgi manual, WSGIProcessGroup'],
  why: 'It is how two applications of one site get two groups of processes.',
  judge: (run) =>
    judgeEach(
      choices(run).filter(({ entry, setting, expected }) => {
        const deciding = insideSections(run, entry, setting);
        return deciding.length === 1 && outsideSections(run, entry, setting) !== expected.written;
      }),
      'no application was entered whose group is chosen by one section against the server level',
      ({ entry, setting, expected }) =>
        entry.seen[setting] === expected.group
          ? null
          : {
              says: `${entry.request.id} ran in ${setting} ${JSON.stringify(entry.seen[setting])}, the section says ${expected.written}`,
              seqs: [entry.seq],
            },
    ),
};
