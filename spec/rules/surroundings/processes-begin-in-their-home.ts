import { daemonEntries, firstOfEach } from '../histories.ts';
import { type ApacheRule, judgeEach } from '../rule.ts';

export const processesBeginInTheirHome: ApacheRule = {
  id: 'CONF-HOME-01',
  level: 'must',
  area: 'surroundings',
  says: 'home is the directory in which every process of the group begins.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_setup_access', 'mod_wsgi manual, WSGIDaemonProcess, home=directory'],
  why: 'Relative paths of an application are looked for there, and elsewhere wherever it is not said.',
  judge: (run) =>
    judgeEach(
      firstOfEach(daemonEntries(run), ({ seen }) => seen.process).flatMap((entry) =>
        // It is made to change it before it reports.
        entry.group.home === null || entry.request.sent.behave?.kind === 'change-directory'
          ? []
          : [{ ...entry, home: entry.group.home }],
      ),
      'no process was seen at its beginning whose group has a home',
      ({ request, seen, seq, home }) =>
        // A world may keep the directory in a folder of its own.
        seen.workingDirectory.endsWith(home)
          ? null
          : {
              says: `${request.id} found process ${seen.pid} in ${seen.workingDirectory}, and its home is ${home}`,
              seqs: [seq],
            },
    ),
};
