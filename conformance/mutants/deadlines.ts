/** Worlds in which the clock ends processes too early, for the wrong reason, or not at all; and scripts that raise. */
import type { ApacheDeployment, DaemonGroup } from '../../spec/deployments/apache.ts';
import type { WatchTerms } from '../../spec/machines/process-monitor.ts';
import type { ApacheScenario, Step } from '../../spec/scenario.ts';
import type { Behaviour, Ending, Mark, Trace, TraceEvent } from '../../spec/trace.ts';
import { fromSeconds, millis, requestId } from '../../spec/vocabulary.ts';
import { deciding, distorting, type Mutant, misreading, reporting } from './mutant.ts';
import { interrupting, oneGroup, under } from './stages.ts';

const to = { host: 'example.org', port: 8080, path: '/a' };
const script = '/srv/a.wsgi';

const ask = (serial: number, behave?: Behaviour): Step => ({
  do: 'request',
  request: requestId(serial),
  to,
  ...(behave && { behave }),
});
const hold = (serial: number): Step => ({ do: 'hold', request: requestId(serial), to });
const crowd = (serial: number): Step => ({ do: 'crowd', request: requestId(serial), to });
const release = (serial: number): Step => ({ do: 'release', requests: [requestId(serial)] });
const replaced = (serial: number): Step => ({ do: 'await-replacement', processOf: requestId(serial) });
const breakScript: Step = { do: 'act', act: { kind: 'break', script } };
const mendScript: Step = { do: 'act', act: { kind: 'mend', script } };

const preloading = (deployment: ApacheDeployment): ApacheDeployment => ({
  ...deployment,
  preloads: [{ script, processGroup: 'shop', applicationGroup: 'early', because: 'WSGIImportScript', host: 0 }],
});

/** One request, and nothing until its process is replaced. */
const leftAlone = (deployment: ApacheDeployment): ApacheScenario => ({
  deployment,
  steps: [ask(1), replaced(1), ask(2)],
});
/** One request that does not end by itself. */
const stuck = (deployment: ApacheDeployment): ApacheScenario => ({
  deployment,
  steps: [hold(1), replaced(1), release(1), ask(2)],
});
/** A script that raises, again and again. */
const broken = (deployment: ApacheDeployment): ApacheScenario => ({
  deployment,
  steps: [breakScript, ask(1), ask(2), replaced(2), mendScript, ask(3)],
});

const runningOn: ApacheScenario = {
  deployment: interrupting,
  steps: [ask(1), ask(2, { kind: 'run-on', atMost: fromSeconds(20) }), ask(3)],
};

const reading = (options: Partial<DaemonGroup>): Mutant['run'] =>
  misreading((deployment) => ({
    ...deployment,
    daemons: deployment.daemons.map((group) => ({ ...group, ...options })),
  }));
const watching = (terms: Partial<WatchTerms>): Mutant['run'] =>
  deciding({ watches: ({ watch }) => watch && { ...watch, ...terms } });

/** Processes that nobody asked go for this reason. */
const endsTheUnasked =
  (because: Ending) =>
  (trace: Trace): Trace => {
    const asked = new Set(trace.flatMap((event) => (event.kind === 'request.accepted' ? [event.process] : [])));
    return trace.map((event) =>
      'because' in event && event.process.startsWith('shop#') && !asked.has(event.process)
        ? { ...event, because }
        : event,
    );
  };

/** A process waits for its requests before it stops for this reason. */
const waitsFirst =
  (because: Ending) =>
  (trace: Trace): readonly TraceEvent[] =>
    trace.flatMap((event) =>
      event.kind === 'process.stopping' && event.because === because
        ? [{ ...event, kind: 'process.draining' as const }, event]
        : [event],
    );

export const deadlineMutants: readonly Mutant[] = [
  {
    name: 'watches the restart-interval of a group whose monitor does not run',
    breaks: ['LIFE-MONITOR-01', 'MODEL-01'],
    scenario: leftAlone(oneGroup({ deadlockTimeout: millis(0), restartInterval: fromSeconds(2) })),
    run: reading({ deadlockTimeout: fromSeconds(300) }),
  },
  {
    name: 'ends a process before its restart-interval is over',
    breaks: ['LIFE-RESTART-01'],
    scenario: leftAlone(oneGroup({ restartInterval: fromSeconds(4) })),
    run: reading({ restartInterval: fromSeconds(1) }),
  },
  {
    name: 'does not wait for requests when the restart-interval is over',
    breaks: ['LIFE-RESTART-01'],
    scenario: stuck(oneGroup({ restartInterval: fromSeconds(4) })),
    run: watching({ staleAge: millis(1) }),
  },
  {
    name: 'calls a process inactive that never had a request',
    breaks: ['LIFE-IDLE-01'],
    scenario: leftAlone(oneGroup({ processes: 4, inactivityTimeout: fromSeconds(2) })),
    run: distorting(endsTheUnasked('inactivity-timeout')),
  },
  {
    name: 'calls a process inactive too early',
    breaks: ['LIFE-IDLE-01', 'LIFE-IDLE-02'],
    scenario: leftAlone(oneGroup({ inactivityTimeout: fromSeconds(4) })),
    run: reading({ inactivityTimeout: fromSeconds(1) }),
  },
  {
    name: 'calls a process inactive while a request is in progress',
    breaks: ['LIFE-IDLE-02'],
    scenario: {
      deployment: oneGroup({ inactivityTimeout: fromSeconds(2) }),
      steps: [hold(1), replaced(1), release(1), replaced(1), ask(2)],
    },
    run: watching({ staleAge: millis(1) }),
  },
  {
    name: 'gives a request no more time for there being more threads',
    breaks: ['LIFE-REQTIME-01'],
    scenario: stuck(under('6', oneGroup({ threads: 2, requestTimeout: fromSeconds(2) }))),
    run: watching({ requestLimit: fromSeconds(2) }),
  },
  {
    name: 'times each request alone before release 6',
    breaks: ['LIFE-REQTIME-02'],
    scenario: stuck(oneGroup({ threads: 3, requestTimeout: fromSeconds(2) })),
    run: watching({ requestLimit: fromSeconds(2), judgesEachRequest: true }),
  },
  {
    name: 'waits for requests when one took too long, before release 6',
    breaks: ['LIFE-REQTIME-03'],
    scenario: stuck(oneGroup({ threads: 1, requestTimeout: fromSeconds(2) })),
    run: distorting(waitsFirst('request-timeout')),
  },
  {
    name: 'raises nothing in a request that takes too long',
    breaks: ['LIFE-REQTIME-04'],
    scenario: runningOn,
    run: deciding({ interrupts: () => false }),
  },
  {
    name: 'interrupts a request too early',
    breaks: ['LIFE-REQTIME-04'],
    scenario: runningOn,
    run: watching({ requestLimit: fromSeconds(1) }),
  },
  {
    name: 'ends the process of a request that it has interrupted',
    breaks: ['LIFE-REQTIME-04'],
    scenario: runningOn,
    run: reporting((seen, { request }) =>
      request === requestId(3) ? { ...seen, process: `${seen.process}-successor` as Mark } : seen,
    ),
  },
  {
    name: 'ends a process without giving its request the time to be interrupted',
    breaks: ['LIFE-REQTIME-04'],
    scenario: stuck(interrupting),
    run: watching({ interruptTimeout: millis(1) }),
  },
  {
    name: 'does not wait for a request although no timeout gives it up',
    breaks: ['LIFE-REQTIME-05'],
    scenario: stuck(under('6', oneGroup({ restartInterval: fromSeconds(2) }))),
    run: watching({ staleAge: millis(1) }),
  },
  {
    name: 'waits for a request that is past hope',
    breaks: ['LIFE-REQTIME-05'],
    scenario: stuck(
      under('6', oneGroup({ threads: 15, restartInterval: fromSeconds(2), requestTimeout: fromSeconds(1) })),
    ),
    run: watching({ staleAge: millis(0) }),
  },
  {
    name: 'calls a process deadlocked too early',
    breaks: ['LIFE-DEADLOCK-01'],
    scenario: {
      deployment: oneGroup({ deadlockTimeout: fromSeconds(4), shutdownTimeout: fromSeconds(1) }),
      steps: [ask(1, { kind: 'hold-gil' }), replaced(1), ask(2)],
    },
    run: reading({ deadlockTimeout: fromSeconds(1) }),
  },
  {
    name: 'gives a script too little time to start',
    breaks: ['LIFE-STARTUP-01'],
    scenario: broken(oneGroup({ startupTimeout: fromSeconds(4) })),
    run: reading({ startupTimeout: fromSeconds(1) }),
  },
  {
    name: 'counts preloading against startup-timeout',
    breaks: ['LIFE-STARTUP-02'],
    scenario: leftAlone(
      preloading(oneGroup({ processes: 4, startupTimeout: fromSeconds(2), inactivityTimeout: fromSeconds(2) })),
    ),
    run: distorting(endsTheUnasked('startup-timeout')),
  },
  {
    name: 'sets no limit to processor time',
    breaks: ['LIFE-CPU-01'],
    scenario: {
      deployment: oneGroup({ cpuTimeLimit: fromSeconds(1) }),
      steps: [ask(1, { kind: 'burn-cpu' }), replaced(1), ask(2)],
    },
    run: deciding({ cpuTimeLimit: () => millis(0) }),
  },
  {
    name: 'never tries a script again that raised',
    breaks: ['LIFE-LOAD-02'],
    scenario: { deployment: oneGroup(), steps: [ask(1), breakScript, ask(2), ask(3), mendScript, ask(4)] },
    run: deciding({ triesAgain: () => false }),
  },
  {
    name: 'ends a process whose preload raised',
    breaks: ['CONF-IMPORT-02'],
    scenario: {
      deployment: preloading(oneGroup()),
      steps: [ask(1), breakScript, crowd(2), replaced(1), mendScript, release(2), ask(3)],
    },
    run: deciding({ survivesFailedPreload: () => false }),
  },
];
