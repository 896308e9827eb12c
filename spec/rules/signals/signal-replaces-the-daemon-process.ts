import { processCount } from '../../deployments/apache.ts';
import { eventsOf } from '../../trace.ts';
import { nextDisturbance, type ProvokedEnd, provokedEnds } from '../endings.ts';
import { daemonEntries, type Entry, outcomeOf, processIdOf, seqsOf, succeeded, waitedTooLong } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach, type Objection } from '../rule.ts';

export const signalReplacesTheDaemonProcess: ApacheRule = {
  id: 'RELOAD-SIGNAL-01',
  level: 'must',
  area: 'signals',
  says: 'A daemon process that receives SIGINT or SIGTERM, from itself or from outside, stops and is replaced; its requests in progress get shutdown-timeout.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation', 'request.sent', 'request.finished', 'act.performed'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_signal_handler and wsgi_daemon_main',
    'mod_wsgi manual, Reloading Source Code',
  ],
  why: 'It is the way to take new code without touching Apache and without being root.',
  judge: (run) =>
    judgeEach(
      provokedEnds(run).flatMap((end) => {
        if (end.by !== 'SIGINT' && end.by !== 'SIGTERM') return [];
        // What happens after the next disturbance is due to that one.
        const until = nextDisturbance(run.trace, end.seq);
        const later = daemonEntries(run).filter(
          ({ group, request }) =>
            group.name === end.group.name && request.sent.seq > end.seq && request.sent.seq < until,
        );
        return tellsApart(run, end, later) ? [{ end, later, until }] : [];
      }),
      'no daemon process was sent SIGINT or SIGTERM with enough requests to its group afterwards',
      ({ end, later, until }) => lostItsOwn(end) ?? servedOn(run, end, later) ?? neverStopped(run, end, until),
    ),
};

/** Among several processes the one that was signalled may just not have been chosen, unless the world shows processes. */
const tellsApart = (run: ApacheRun, end: ProvokedEnd, later: readonly Entry[]): boolean =>
  later.length >= processCount(end.group) || (later.length > 0 && eventsOf(run.trace, 'process.exited').length > 0);

/** A second is enough for a request that only signals and answers. */
function lostItsOwn({ request, group, by }: ProvokedEnd): Objection | null {
  const hasTime = group.shutdownTimeout === 0 || group.shutdownTimeout >= 1000;
  // One that waited for its process until the server gave up on it is run all the same.
  return request && hasTime && !succeeded(request) && !waitedTooLong(request, group)
    ? { says: `${request.id} sent ${by} to its own process and ${outcomeOf(request)}`, seqs: seqsOf(request) }
    : null;
}

/** The signal takes a moment, so the old process may still serve at first, but not once a new one has. */
function servedOn(run: ApacheRun, { process, seq, by }: ProvokedEnd, later: readonly Entry[]): Objection | null {
  const before = new Set(
    daemonEntries(run)
      .filter((entry) => entry.seq < seq)
      .map(({ seen }) => seen.process),
  );
  const old = later.findLast(({ seen }) => seen.process === process);
  if (!old) return null;
  const replaced = later.find(({ seen }) => !before.has(seen.process));
  return old === later.at(-1) || (replaced && replaced.seq < old.seq)
    ? { says: `process ${old.seen.pid} was sent ${by} and still served ${old.request.id}`, seqs: [seq, old.seq] }
    : null;
}

/** What a world that shows processes adds. */
function neverStopped(run: ApacheRun, { process, seq, by }: ProvokedEnd, until: number): Objection | null {
  const exits = eventsOf(run.trace, 'process.exited');
  if (exits.length === 0) return null;
  const ids = new Set(
    daemonEntries(run)
      .filter(({ seen }) => seen.process === process)
      .map(processIdOf),
  );
  const begun = run.trace.some(
    (event) =>
      (event.kind === 'process.stopping' || event.kind === 'process.exited') &&
      event.seq < until &&
      ids.has(event.process),
  );
  return begun || ids.has(null) ? null : { says: `${[...ids].join()} was sent ${by} and never stopped`, seqs: [seq] };
}
