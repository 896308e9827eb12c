import { isMonitored } from '../../machines/process-monitor.ts';
import { type Ending, type EventOf, eventsOf } from '../../trace.ts';
import { type ApacheRule, type ApacheRun, judgeEach } from '../rule.ts';

export const monitorRunsForTwoOptions: ApacheRule = {
  id: 'LIFE-MONITOR-01',
  level: 'must',
  area: 'deadlines',
  says: 'The monitor that enforces restart-interval, request-timeout, startup-timeout and the graceful and eviction deadlines runs only when deadlock-timeout or inactivity-timeout is not 0, so deadlock-timeout=0 with no inactivity-timeout switches all of them off.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['process.ready', 'process.exited'],
  source: ['mod_wsgi 4.9.4, mod_wsgi.c, wsgi_daemon_main'],
  why: 'Whoever switches deadlock detection off loses every other deadline without a word.',
  judge: (run) =>
    judgeEach(
      outlived(run),
      'no process of a group without a monitor lived longer than a deadline',
      ({ process, exited }) =>
        exited !== null && monitored.has(exited.because)
          ? { says: `${process} went because of ${exited.because}, and nothing should watch it`, seqs: [exited.seq] }
          : null,
    ),
};

const monitored: ReadonlySet<Ending> = new Set(['restart-interval', 'request-timeout', 'startup-timeout']);

/** Processes without a monitor that reached their restart-interval, or were ended by what a monitor enforces. */
const outlived = (run: ApacheRun) =>
  eventsOf(run.trace, 'process.ready').flatMap(({ process, at }) => {
    const group = groupOf(run, process);
    if (!group || isMonitored(group)) return [];
    const exited = eventsOf(run.trace, 'process.exited').find((event) => event.process === process) ?? null;
    const lived = (exited ?? run.trace.at(-1))?.at ?? at;
    const isOld = group.restartInterval > 0 && lived - at >= group.restartInterval;
    return isOld || (exited !== null && monitored.has(exited.because)) ? [{ process, exited }] : [];
  });

const groupOf = (run: ApacheRun, process: EventOf<'process.ready'>['process']) => {
  const spawned = eventsOf(run.trace, 'process.spawned').find((event) => event.process === process);
  return run.deployment.daemons.find(({ name }) => name === spawned?.processGroup);
};
