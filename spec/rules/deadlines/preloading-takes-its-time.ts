import { eventsOf } from '../../trace.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';
import { timedEnds } from './timed-ends.ts';

export const preloadingTakesItsTime: ApacheRule = {
  id: 'LIFE-STARTUP-02',
  level: 'must',
  area: 'deadlines',
  says: 'The startup-timeout does not cover preloading by WSGIImportScript or by the options of WSGIScriptAlias.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.spawned', 'process.stopping', 'process.ready', 'request.accepted', 'application.loaded'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_python_child_init and wsgi_execute_script'],
  why: 'A slow import that was moved to the start of the process is not cut off, nor watched.',
  judge: (run) => {
    const early = new Set(
      timedEnds(run, 'startup-timeout').flatMap(({ event, requests }) => (requests.length === 0 ? [event] : [])),
    );
    return judgeEach(preloading(run), 'no process of a group with startup-timeout preloaded a script', (process) => {
      const end = [...early].find((event) => event.process === process);
      return end
        ? { says: `${process} went because of startup-timeout before it had a request`, seqs: [end.seq] }
        : null;
    });
  },
};

/** Processes that loaded a script before they took requests. */
const preloading = (run: ApacheRun): readonly string[] =>
  eventsOf(run.trace, 'process.spawned').flatMap(({ process, processGroup }) => {
    const group = run.deployment.daemons.find(({ name }) => name === processGroup);
    const ready = eventsOf(run.trace, 'process.ready').find((event) => event.process === process);
    const loaded = run.trace.some(
      (event) =>
        (event.kind === 'application.loaded' || event.kind === 'application.failed') &&
        event.process === process &&
        event.seq < (ready?.seq ?? 0),
    );
    return group && group.startupTimeout > 0 && loaded ? [process] : [];
  });
