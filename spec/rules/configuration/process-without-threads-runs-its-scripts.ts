import type { DaemonGroup } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import type { ProcessId } from '../../vocabulary.ts';
import { routeOf } from '../configured.ts';
import { outcomeOf, requestHistories, seqsOf } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

/** How long a process may take to end once its scripts have returned, and its successor to start. In ms. */
const patience = 5000;

export const processWithoutThreadsRunsItsScripts: ApacheRule = {
  id: 'CONF-DAEMON-03',
  level: 'must',
  area: 'configuration',
  says: 'With threads=0 a daemon process only runs its import scripts, on its main thread: it takes no requests, ends when they return and is then started again; SIGTERM raises SystemExit in the script.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.spawned', 'process.ready', 'process.exited', 'application.loaded', 'request.sent'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process and wsgi_python_child_init, ignore_system_exit',
    'mod_wsgi manual, WSGIDaemonProcess, threads=num',
  ],
  why: 'It is how a script that works beside a site is kept running by the server that runs the site.',
  judge: (run) => {
    const groups = run.deployment.daemons.filter(({ threads }) => threads === 0);
    return judgeEach(
      groups.flatMap((group) => [...lives(run, group), ...requests(run, group)]),
      'no process without threads got ready, and none was asked',
      ({ against }) => against,
    );
  },
};

interface Situation {
  readonly against: Objection | null;
}

/** What each process of the group did from the moment it was ready. */
function lives(run: ApacheRun, { name }: DaemonGroup): readonly Situation[] {
  const own = eventsOf(run.trace, 'process.spawned').filter(({ processGroup }) => processGroup === name);
  const ready = new Set(eventsOf(run.trace, 'process.ready').map(({ process }) => process));
  return own
    .filter(({ process }) => ready.has(process))
    .map(({ process }) => ({ against: strays(run, name, process) ?? leavesNobody(run, name, process) }));
}

/** It goes before its scripts are done, or stays although they are; or the signal that is to end them ends the process. */
function strays(run: ApacheRun, group: string, process: ProcessId): Objection | null {
  const exited = eventsOf(run.trace, 'process.exited').find((event) => event.process === process);
  const done = run.trace.filter(
    (event) =>
      (event.kind === 'application.loaded' || event.kind === 'application.failed') && event.process === process,
  );
  const scripts = run.deployment.preloads.filter(({ processGroup }) => processGroup === group).length;
  const last = done.at(-1);
  if (exited?.exit.kind === 'killed' && exited.exit.by === 'SIGTERM')
    return { says: `SIGTERM ended ${process} and not its script`, seqs: [exited.seq] };
  if (exited?.because === 'scripts-returned' && done.length < scripts)
    return {
      says: `${process} ended when ${done.length} of its ${scripts} import scripts had returned`,
      seqs: [...done.map(({ seq }) => seq), exited.seq],
    };
  if (last && done.length >= scripts && (exited ?? run.trace.at(-1) ?? last).at - last.at > patience)
    return { says: `${process} went on although its import scripts had returned`, seqs: [last.seq] };
  return null;
}

/** Nobody is started in the place of a process whose scripts have returned. */
function leavesNobody({ trace }: ApacheRun, group: string, process: ProcessId): Objection | null {
  const exited = eventsOf(trace, 'process.exited').find((event) => event.process === process);
  if (exited?.because !== 'scripts-returned') return null;
  const next = trace.find(
    (event) => event.kind === 'process.spawned' && event.processGroup === group && event.seq > exited.seq,
  );
  const end = trace.find((event) => 'because' in event && event.because === 'server-stop') ?? trace.at(-1) ?? exited;
  return next || end.at - exited.at <= patience
    ? null
    : { says: `${process} ended when its import scripts had returned, and no other was started`, seqs: [exited.seq] };
}

/** A request for the group gets in nowhere. */
const requests = (run: ApacheRun, { name }: DaemonGroup): readonly Situation[] =>
  requestHistories(run.trace).flatMap((request) => {
    const to = routeOf(run, request);
    if (to.kind !== 'application' || to.mount.processGroup !== name || request.outcome === null) return [];
    return [
      {
        against:
          request.observed.length === 0 && request.accepted.length === 0
            ? null
            : {
                says: `${request.id} got into ${name}, which has no threads, and ${outcomeOf(request)}`,
                seqs: seqsOf(request),
              },
      },
    ];
  });
