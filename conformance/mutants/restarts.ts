/** Worlds that restart, stop and grow the whole server wrongly. */

import type { ApacheScenario } from '../../spec/scenario.ts';
import type { Mark, Trace, TraceEvent } from '../../spec/trace.ts';
import { fromSeconds, millis, requestId } from '../../spec/vocabulary.ts';
import { deciding, distorting, everything, type Mutant, misreading, reporting } from './mutant.ts';
import { embeddedOn, keeping, oneChild, oneGroup, recycling, soonStopped, twoChildren } from './stages.ts';

const isServerSignal = (event: TraceEvent, ...signals: readonly string[]): boolean =>
  event.kind === 'act.performed' && event.act.kind === 'server-signal' && signals.includes(event.act.signal);

/** What is observed after a restart says that it is where it was before. */
const restartsNothing = (trace: Trace): Trace => {
  const last = new Map<string, { readonly process: Mark; readonly pid: number }>();
  let isRestarted = false;
  return trace.map((event) => {
    isRestarted ||= isServerSignal(event, 'SIGUSR1', 'SIGHUP');
    if (event.kind !== 'observation') return event;
    const group = event.seen.processGroup ?? '';
    if (!isRestarted) last.set(group, event.seen);
    const before = isRestarted ? last.get(group) : undefined;
    return before ? { ...event, seen: { ...event.seen, process: before.process, pid: before.pid } } : event;
  });
};

/** What is inside when the server is signalled is cut off. */
const cutsOff =
  (...signals: readonly string[]) =>
  (trace: Trace): Trace => {
    const inside = new Set<string>();
    const cut = new Set<string>();
    return trace.map((event) => {
      if (event.kind === 'observation') inside.add(event.request);
      if (isServerSignal(event, ...signals)) for (const request of inside) cut.add(request);
      if (event.kind !== 'request.finished') return event;
      inside.delete(event.request);
      return cut.has(event.request) ? { ...event, kind: 'request.failed' as const, reason: 'ECONNRESET' } : event;
    });
  };

const answersWhomItCutsOff = (trace: Trace): Trace =>
  trace.map((event) =>
    event.kind === 'request.failed' && event.reason === 'connection-closed'
      ? { seq: event.seq, at: event.at, kind: 'request.finished' as const, request: event.request, status: 500 }
      : event,
  );

const servesOn = (trace: Trace): Trace => {
  let isStopped = false;
  return trace.map((event) => {
    isStopped ||= isServerSignal(event, 'SIGWINCH');
    return isStopped && event.kind === 'request.failed'
      ? { seq: event.seq, at: event.at, kind: 'request.finished' as const, request: event.request, status: 200 }
      : event;
  });
};

/** One child of one thread at first, and room for many. */
const growing = embeddedOn('worker', {
  StartServers: 1,
  ThreadsPerChild: 1,
  MaxRequestWorkers: 10,
  MinSpareThreads: 9,
  MaxSpareThreads: 10,
});

/** All children that the load asks for are there as soon as the first one is. */
const growsAtOnce = (trace: Trace): Trace => {
  const isChild = (event: TraceEvent): boolean => event.kind === 'process.spawned' && event.processGroup === '';
  const ready = trace.find((event) => event.kind === 'process.ready' && event.process.startsWith('embedded#'));
  const later = trace.filter((event) => isChild(event) && event.seq > (ready?.seq ?? 0)).slice(0, 6);
  return trace.flatMap((event) => {
    if (event === ready) return [event, ...later.map((child) => ({ ...child, at: event.at }))];
    return later.includes(event) ? [] : [event];
  });
};

/** Nobody comes for a while but one who is held, so that there are rounds of maintenance with little to do. */
const quiet = (deployment: ApacheScenario['deployment'], seconds = 15): ApacheScenario => {
  const request = requestId(1);
  const to = { host: 'example.org', port: 8080, path: '/a' };
  return {
    deployment,
    steps: [
      { do: 'hold', request, to },
      { do: 'await-outcome', request, atMost: fromSeconds(seconds) },
      { do: 'release', requests: [request] },
    ],
  };
};
const spareServers = embeddedOn('prefork', { StartServers: 6, MinSpareServers: 2, MaxSpareServers: 3 });
const spareThreads = embeddedOn('event', {
  StartServers: 6,
  ThreadsPerChild: 2,
  MaxRequestWorkers: 20,
  MinSpareThreads: 2,
  MaxSpareThreads: 5,
});
const spare =
  (bounds: ApacheScenario['deployment']['children']['spare']) =>
  (deployment: ApacheScenario['deployment']): ApacheScenario['deployment'] => ({
    ...deployment,
    children: { ...deployment.children, spare: bounds },
  });

/** Surplus children are told to go, as fast as `pace` says: 1 is once a second. */
const retiresFaster =
  (pace: number) =>
  (trace: Trace): Trace => {
    const first = trace.find((event) => event.kind === 'process.draining');
    const from = first?.at ?? 0;
    return trace.map((event) =>
      event.at > from && 'process' in event ? { ...event, at: millis(from + (event.at - from) / pace) } : event,
    );
  };

/** A request is held while the server is stopped. */
const stoppedWithOneInside: ApacheScenario = {
  deployment: oneChild,
  steps: [
    { do: 'hold', request: requestId(1), to: { host: 'example.org', port: 8080, path: '/a' } },
    { do: 'act', act: { kind: 'server-signal', signal: 'SIGTERM' } },
  ],
};

/** Whoever is killed is killed so much earlier. */
const killsEarlier =
  (earlier: number) =>
  (trace: Trace): Trace =>
    trace.map((event) =>
      event.kind === 'process.exited' && event.exit.kind === 'killed'
        ? { ...event, at: millis(event.at - earlier) }
        : event,
    );

/** Each child ends because of its age. */
const retiresByAge = (trace: Trace): Trace =>
  trace.map((event) =>
    (event.kind === 'process.draining' || event.kind === 'process.stopping' || event.kind === 'process.exited') &&
    event.process.startsWith('embedded#')
      ? { ...event, because: 'restart-interval' as const }
      : event,
  );

export const restartMutants: readonly Mutant[] = [
  {
    name: 'keeps its daemon processes at a restart of the server',
    breaks: ['RELOAD-APACHE-01', 'MODEL-01'],
    scenario: everything(oneGroup()),
    run: distorting(restartsNothing),
  },
  {
    name: 'keeps its children at a restart of the server',
    breaks: ['RELOAD-APACHE-02', 'MODEL-01'],
    scenario: everything(twoChildren),
    run: distorting(restartsNothing),
  },
  {
    name: 'cuts off the requests in its children at a graceful restart',
    breaks: ['RELOAD-APACHE-02'],
    scenario: everything(twoChildren),
    run: distorting(cutsOff('SIGUSR1')),
  },
  {
    name: 'answers what its daemon processes lose at a restart that is not graceful',
    breaks: ['RELOAD-APACHE-04'],
    scenario: everything(oneGroup()),
    run: distorting(answersWhomItCutsOff),
  },
  {
    name: 'cuts off at once what a child has that a graceful restart left behind',
    breaks: ['RELOAD-APACHE-05'],
    scenario: everything(soonStopped('event')),
    run: deciding({ closesConnections: () => true }),
  },
  {
    name: 'lets old children reach the new daemon processes',
    breaks: ['RELOAD-APACHE-03'],
    scenario: everything(keeping({})),
    run: deciding({ answerToFormerChild: () => null }),
  },
  {
    name: 'lets old children reach the new daemon processes because their sockets keep their names',
    breaks: ['RELOAD-APACHE-03'],
    scenario: everything(keeping({ socketRotation: false })),
    run: deciding({ answerToFormerChild: () => null }),
  },
  {
    name: 'cuts off requests at a graceful stop',
    breaks: ['MPM-STOP-01'],
    scenario: everything(oneGroup()),
    run: distorting(cutsOff('SIGWINCH')),
  },
  {
    name: 'waits without end at a graceful stop',
    breaks: ['MPM-STOP-02'],
    scenario: everything(soonStopped('prefork')),
    run: misreading((deployment) => ({
      ...deployment,
      children: { ...deployment.children, gracefulShutdownTimeout: millis(0) },
    })),
  },
  {
    name: 'waits for nothing at a graceful stop',
    breaks: ['MPM-STOP-02'],
    scenario: everything(soonStopped('prefork')),
    run: misreading((deployment) => ({
      ...deployment,
      children: { ...deployment.children, gracefulShutdownTimeout: millis(1) },
    })),
  },
  {
    name: 'takes connections after a graceful stop',
    breaks: ['MPM-STOP-01'],
    scenario: everything(oneGroup()),
    run: distorting(servesOn),
  },
  {
    name: 'forks one child at start whatever StartServers says',
    breaks: ['MPM-START-01'],
    scenario: everything(twoChildren),
    run: misreading((deployment) => ({ ...deployment, children: { ...deployment.children, startServers: 1 } })),
  },
  {
    name: 'counts requests for MaxConnectionsPerChild',
    breaks: ['MPM-RECYCLE-01'],
    scenario: everything(recycling),
    run: deciding({ countsKeptConnections: () => true }),
  },
  {
    name: 'forks all children at once that the load asks for',
    breaks: ['MPM-IDLE-02'],
    scenario: everything(growing),
    run: distorting(growsAtOnce),
  },
  {
    name: 'keeps every spare child of prefork',
    breaks: ['MPM-IDLE-01'],
    scenario: quiet(spareServers),
    run: misreading(spare({ min: 2, max: 100 })),
  },
  {
    name: 'retires children of prefork that are to be spared',
    breaks: ['MPM-IDLE-01'],
    scenario: quiet(spareServers),
    run: misreading(spare({ min: 1, max: 2 })),
  },
  {
    name: 'keeps more spare threads than it is asked for',
    breaks: ['MPM-IDLE-03'],
    scenario: quiet(spareThreads),
    run: misreading(spare({ min: 15, max: 20 })),
  },
  {
    name: 'retires all surplus children at once',
    breaks: ['MPM-IDLE-03'],
    scenario: quiet(spareThreads),
    run: distorting(retiresFaster(10)),
  },
  {
    name: 'keeps a worker for each idle connection under event',
    breaks: ['MPM-EVENT-01'],
    scenario: everything(twoChildren),
    run: deciding({ keepsThreadWhileIdle: () => true }),
  },
  {
    name: 'retires children by their age',
    breaks: ['MPM-RECYCLE-02'],
    scenario: quiet(spareThreads),
    run: distorting(retiresByAge),
  },
  {
    name: 'forks more children than ServerLimit allows',
    breaks: ['MPM-LIMIT-03'],
    scenario: quiet(growing),
    run: misreading((deployment) => ({
      ...deployment,
      children: {
        ...deployment.children,
        serverLimit: 20,
        maxRequestWorkers: 20,
        spare: { min: 15, max: 20 },
      },
    })),
  },
  {
    name: 'makes a thread for each request',
    breaks: ['MPM-LIMIT-04'],
    scenario: everything(oneChild),
    run: reporting((seen, { request }) => ({ ...seen, thread: `${seen.process}-${request}` as Mark })),
  },
  {
    name: 'kills children 3 s after it told them to go',
    breaks: ['SHUT-EMBED-01'],
    scenario: stoppedWithOneInside,
    run: distorting(killsEarlier(6000)),
  },
];
