import { applicationOf, daemonEntries } from '../histories.ts';
import { meetings } from '../overlaps.ts';
import { type ApacheRule, judgeEach, python } from '../rule.ts';

export const plainGroupIsOneProcessOfFifteenThreads: ApacheRule = {
  id: 'FLAG-DAEMON-03',
  level: 'must',
  area: 'flags',
  says: 'A group declared with neither processes nor threads runs one process of 15 threads, and reports multithread True and multiprocess False.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_add_daemon_process', 'mod_wsgi manual, WSGIDaemonProcess'],
  why: 'It is what most configurations run without knowing: shared globals, and fifteen threads that change them.',
  judge: (run) => {
    const met = meetings(run.trace);
    return judgeEach(
      // What is written is not in a deployment, what holds is: 15 threads written out are the same group.
      daemonEntries(run).filter(({ group }) => group.processes === null && group.threads === 15),
      'no application was entered in a group with neither option',
      (entry) => {
        const { request, seen, seq } = entry;
        const differs = (what: string) => ({ says: `${request.id} in ${seen.processGroup} saw ${what}`, seqs: [seq] });
        if (!seen.multithread || seen.multiprocess)
          return differs(`multithread ${python(seen.multithread)} and multiprocess ${python(seen.multiprocess)}`);
        if (seen.maximumProcesses !== null && seen.maximumProcesses !== 1)
          return differs(`mod_wsgi.maximum_processes ${seen.maximumProcesses}`);
        if (seen.threadsPerProcess !== null && seen.threadsPerProcess !== 15)
          return differs(`mod_wsgi.threads_per_process ${seen.threadsPerProcess}`);
        const other = met.find(
          (meeting) =>
            meeting.together &&
            meeting.entry?.request.id === request.id &&
            applicationOf(meeting.held) === applicationOf(entry) &&
            meeting.held.seen.process !== seen.process,
        );
        return other ? differs(`process ${seen.pid} while process ${other.held.seen.pid} was serving too`) : null;
      },
    );
  },
};
