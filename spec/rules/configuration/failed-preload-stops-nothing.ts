import { eventsOf } from '../../trace.ts';
import { type ApacheRule, type ApacheRun, bothModes, judgeEach } from '../rule.ts';

export const failedPreloadStopsNothing: ApacheRule = {
  id: 'CONF-IMPORT-02',
  level: 'must',
  area: 'configuration',
  says: 'A preload that raises is logged and does not stop the process; the script is tried again by the first request.',
  appliesTo: bothModes,
  needs: ['process.spawned', 'process.ready', 'process.exited', 'application.failed'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_import_script and wsgi_python_child_init'],
  why: 'A server whose start-up code is broken looks as if it had started.',
  judge: (run) =>
    judgeEach(failedPreloads(run), 'no script raised that a process was to preload', ({ failed, ready, exited }) =>
      ready || !exited || !['crash', 'startup-timeout'].includes(exited.because)
        ? null
        : {
            says: `${failed.process} went because its preload of ${failed.script} raised`,
            seqs: [failed.seq, exited.seq],
          },
    ),
};

/** Failures before a process took requests, where the trace tells what became of it. */
const failedPreloads = (run: ApacheRun) =>
  eventsOf(run.trace, 'application.failed').flatMap((failed) => {
    const ready = eventsOf(run.trace, 'process.ready').find(({ process }) => process === failed.process);
    const exited = eventsOf(run.trace, 'process.exited').find(({ process }) => process === failed.process);
    if ((!ready && !exited) || (ready && ready.seq < failed.seq)) return [];
    return [{ failed, ready, exited }];
  });
