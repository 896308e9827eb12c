/** Worlds that restart, stop and grow the whole server wrongly. */
import type { Mark, Trace, TraceEvent } from '../../spec/trace.ts';
import { deciding, distorting, everything, type Mutant, misreading } from './mutant.ts';
import { embeddedOn, oneGroup, recycling, twoChildren } from './stages.ts';

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

export const restartMutants: readonly Mutant[] = [
  {
    name: 'keeps its daemon processes at a restart of the server',
    breaks: ['RELOAD-APACHE-01'],
    scenario: everything(oneGroup()),
    run: distorting(restartsNothing),
  },
  {
    name: 'keeps its children at a restart of the server',
    breaks: ['RELOAD-APACHE-02'],
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
    name: 'cuts off requests at a graceful stop',
    breaks: ['MPM-STOP-01'],
    scenario: everything(oneGroup()),
    run: distorting(cutsOff('SIGWINCH')),
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
];
