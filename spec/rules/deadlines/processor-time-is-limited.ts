import type { DaemonGroup } from '../../deployments/apache.ts';
import { type EventOf, eventsOf } from '../../trace.ts';
import { daemonEntries, type Entry, processIdOf, succeeded } from '../histories.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

export const processorTimeIsLimited: ApacheRule = {
  id: 'LIFE-CPU-01',
  level: 'must',
  area: 'deadlines',
  says: 'The cpu-time-limit sets a soft limit at which SIGXCPU starts a graceful stop, and a hard limit one second and shutdown-timeout above it that kills.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.draining', 'request.accepted', 'observation'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process, wsgi_signal_handler and wsgi_daemon_main'],
  why: 'A request that computes for ever takes its process with it, after the others had their chance.',
  judge: (run) =>
    judgeEach(
      burning(run),
      'no request used up the processor time of its daemon process',
      ({ entry, begun, group }) => {
        const { request, seq } = entry;
        if (!begun) return { says: `${request.id} used up the time of its process, which stayed`, seqs: [seq] };
        if (group.gracefulTimeout > 0 && !succeeded(request))
          return {
            says: `${request.id} used up the time of its process and was not waited for`,
            seqs: [seq, begun.seq],
          };
        return null;
      },
    ),
};

interface Burning {
  readonly entry: Entry;
  readonly group: DaemonGroup;
  /** Null where the process went on. */
  readonly begun: EventOf<'process.draining' | 'process.stopping'> | null;
}

/** Requests that used up the time of a process that has some, and how that process began to end. */
const burning = (run: ApacheRun): readonly Burning[] =>
  daemonEntries(run).flatMap((entry): readonly Burning[] => {
    const { request, group, seq } = entry;
    if (request.sent.behave?.kind !== 'burn-cpu' || group.cpuTimeLimit === 0 || request.outcome === null) return [];
    const process = processIdOf(entry);
    const begun = [...eventsOf(run.trace, 'process.draining'), ...eventsOf(run.trace, 'process.stopping')].find(
      (event) => event.process === process && event.seq > seq,
    );
    if (begun?.because === 'cpu-time-limit') return [{ entry, begun, group }];
    // Something else may have been quicker.
    return begun === undefined || begun.seq > request.outcome.seq ? [{ entry, begun: null, group }] : [];
  });
