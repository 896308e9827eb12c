/** Worlds that count, limit, end, replace and reload processes wrongly. */
import type { ApacheScenario } from '../../spec/scenario.ts';
import { eventsOf, type Mark, type Trace } from '../../spec/trace.ts';
import { millis, requestId } from '../../spec/vocabulary.ts';
import { truth } from '../../src/simulator/decisions.ts';
import { deciding, distorting, everything, type Mutant } from './mutant.ts';
import { notReloading, oneChild, oneGroup, preloading, shortGrace, twoChildren } from './stages.ts';

const to = { host: 'example.org', port: 8080, path: '/a' };
const [first, second, third] = [requestId(1), requestId(2), requestId(3)];

/** The script of the only child is touched with nobody inside. */
const touchOfOneChild: ApacheScenario = {
  deployment: oneChild,
  steps: [
    { do: 'request', request: first, to },
    { do: 'act', act: { kind: 'touch', script: '/srv/a.wsgi' } },
    { do: 'request', request: second, to },
    { do: 'request', request: third, to },
  ],
};

/** A fresh process reaches its limit of one request while another one is held. */
const limitWithOneInside: ApacheScenario = {
  deployment: oneGroup({ maximumRequests: 1 }),
  steps: [
    { do: 'hold', request: first, to },
    { do: 'request', request: second, to },
    { do: 'crowd', request: third, to },
    { do: 'release', requests: [first, third] },
  ],
};

/** A child too few answers for those who had to wait for one. */
const rejectsWhoMustWait = (trace: Trace): Trace => {
  const waiting = new Set(
    trace.flatMap((event) => (event.kind === 'request.queued' && event.processGroup === '' ? [event.request] : [])),
  );
  return trace.flatMap((event) => {
    if (!('request' in event) || !waiting.has(event.request) || event.kind === 'request.sent') return [event];
    return event.kind === 'request.queued'
      ? [{ seq: event.seq, at: event.at, kind: 'request.finished' as const, request: event.request, status: 503 }]
      : [];
  });
};

/** Nobody answers once the first process of the group is gone. */
const neverReplaces = (trace: Trace): Trace => {
  const orphans = new Set(
    trace.flatMap((event) =>
      event.kind === 'request.accepted' && /^shop#(?!1$)/.test(event.process) ? [event.request] : [],
    ),
  );
  return trace.flatMap((event) => {
    if ('process' in event && /^shop#(?!1$)/.test(event.process)) return [];
    if (!('request' in event) || !orphans.has(event.request)) return [event];
    if (event.kind === 'observation') return [];
    return event.kind === 'request.finished'
      ? [{ seq: event.seq, at: event.at, kind: 'request.failed' as const, request: event.request, reason: 'timeout' }]
      : [event];
  });
};

/** Each successor in a group of one process is started before the one before it has gone. */
const startsSuccessorsEarly = (trace: Trace): Trace => {
  const successors = eventsOf(trace, 'process.spawned')
    .filter(({ processGroup }) => processGroup === 'shop')
    .slice(1);
  return trace.flatMap((event) => {
    if (event.kind === 'process.spawned' && successors.includes(event)) return [];
    if (event.kind !== 'process.exited' || !event.process.startsWith('shop#')) return [event];
    const next = successors.find(({ process }) => process === `shop#${Number(event.process.slice(5)) + 1}`);
    return next ? [{ ...next, at: event.at }, event] : [event];
  });
};

/** The neighbour of a touched script stays in the process in which it was last seen. */
const keepsTheNeighbour = (trace: Trace): Trace => {
  let home: Mark | undefined;
  let stays = false;
  return trace.map((event) => {
    if (event.kind === 'act.performed') stays = event.act.kind === 'touch';
    if (event.kind !== 'observation' || event.seen.scriptName !== '/b') return event;
    if (!stays) home = event.seen.process;
    return { ...event, seen: { ...event.seen, process: home ?? event.seen.process } };
  });
};

/** What is inside a script when that is touched is cut off. */
const cutsOffOldCode = (trace: Trace): Trace => {
  const inside = new Set<string>();
  const cut = new Set<string>();
  return trace.map((event) => {
    if (event.kind === 'observation') inside.add(event.request);
    if (event.kind === 'request.released') inside.delete(event.request);
    if (event.kind === 'act.performed' && event.act.kind === 'touch') for (const request of inside) cut.add(request);
    if (event.kind !== 'request.finished') return event;
    inside.delete(event.request);
    return cut.has(event.request) ? { ...event, kind: 'request.failed' as const, reason: 'process-lost' } : event;
  });
};

/** A wait at the limit is over one graceful-timeout, here 2 s, after it began. */
const stopsAtTheFirstDeadline = (trace: Trace): Trace =>
  trace.map((event) => {
    const began = trace.find(
      (other) =>
        event.kind === 'process.stopping' && other.kind === 'process.draining' && other.process === event.process,
    );
    return began ? { ...event, at: millis(Math.min(event.at, began.at + 2000)) } : event;
  });

/** From the first end of a daemon process on, everything happens so much later, in ms. */
const looksForTheDeadRarely = (trace: Trace): Trace => {
  const [dead] = trace.filter((event) => event.kind === 'process.exited' && event.process === 'shop#1');
  return trace.map((event) => (dead && event.seq > dead.seq ? { ...event, at: millis(event.at + 10_000) } : event));
};

/** Who takes the place of a process that was never ready does so at once. */
const forksInALoop = (trace: Trace): Trace => {
  const ready = new Set<string>();
  let failedAt: number | null = null;
  let earlier = 0;
  return trace.map((event) => {
    if (event.kind === 'process.ready') ready.add(event.process);
    if (event.kind === 'process.exited' && event.process.startsWith('shop#'))
      failedAt = ready.has(event.process) ? null : event.at;
    if (event.kind === 'process.spawned' && event.processGroup === 'shop' && failedAt !== null) {
      earlier += event.at - failedAt;
      failedAt = null;
    }
    return { ...event, at: millis(Math.max(0, event.at - earlier)) };
  });
};

export const lifetimeMutants: readonly Mutant[] = [
  {
    name: 'ends at SIGHUP in spite of release 6',
    breaks: ['SHUT-SIG-02'],
    scenario: everything({ ...oneGroup(), kind: 'apache', server: { mpm: 'event', modWsgi: '6' } }),
    run: deciding({
      respondsTo: (signal, ...of) => (signal === 'SIGHUP' ? 'die' : truth.respondsTo(signal, ...of)),
    }),
  },
  {
    name: 'hands SIGUSR2 to applications before release 6',
    breaks: ['SHUT-SIG-02'],
    scenario: everything(oneGroup()),
    run: deciding({
      respondsTo: (signal, ...of) => (signal === 'SIGUSR2' ? 'ignore' : truth.respondsTo(signal, ...of)),
    }),
  },
  {
    name: 'ends at SIGHUP although it began after the server',
    breaks: ['SHUT-SIG-02'],
    scenario: everything(oneGroup()),
    run: deciding({
      respondsTo: (signal, kind, server) => truth.respondsTo(signal, kind, server, true),
    }),
  },
  {
    name: 'watches the modules that a script imports',
    breaks: ['RELOAD-DAEMON-07'],
    scenario: everything(oneGroup()),
    run: deciding({ onModuleChange: () => 'replace-process' }),
  },
  {
    name: 'sends a request again without its body',
    breaks: ['RELOAD-DAEMON-08'],
    scenario: everything(oneGroup()),
    run: deciding({ receivedBody: (length, replays) => (replays > 0 ? 0 : length) }),
  },
  {
    name: 'runs one request more than a child has threads',
    breaks: ['MPM-LIMIT-01', 'MODEL-01'],
    scenario: everything(oneChild),
    run: deciding({ threadLimit: ({ threads }) => threads + 1 }),
  },
  {
    name: 'rejects requests when every worker is busy',
    breaks: ['MPM-LIMIT-02'],
    scenario: everything(oneChild),
    run: distorting(rejectsWhoMustWait),
  },
  {
    name: 'runs one request more than a daemon process has threads',
    breaks: ['CONF-DAEMON-05', 'MODEL-01'],
    scenario: everything(oneGroup({ threads: 2 })),
    run: deciding({ threadLimit: ({ kind, threads }) => (kind === 'daemon' ? threads + 1 : threads) }),
  },
  {
    name: 'loads every script when a process starts',
    breaks: ['LIFE-LOAD-01'],
    scenario: everything(oneGroup()),
    run: deciding({
      preloads: (deployment, processGroup) =>
        deployment.hosts[0].scriptAliases.map(({ script }) => ({
          script,
          processGroup,
          applicationGroup: 'early',
          because: 'WSGIImportScript' as const,
          host: 0,
        })),
    }),
  },
  {
    name: 'ends a process after half its requests',
    breaks: ['LIFE-MAXREQ-01'],
    scenario: everything(oneGroup({ maximumRequests: 6, threads: 1 })),
    run: deciding({ allowance: ({ allowance }) => Math.floor(allowance / 2) }),
  },
  {
    name: 'never ends a process because of its requests',
    breaks: ['LIFE-MAXREQ-02', 'MODEL-01'],
    scenario: everything(oneGroup({ maximumRequests: 3, threads: 1 })),
    run: deciding({ allowance: () => 0 }),
  },
  {
    name: 'ends a process some requests late',
    breaks: ['LIFE-MAXREQ-02', 'MODEL-01'],
    scenario: everything(oneGroup({ maximumRequests: 3, threads: 1 })),
    run: deciding({ allowance: ({ allowance }) => (allowance === 0 ? 0 : allowance + 1) }),
  },
  {
    name: 'sets the deadline at the limit once and for all',
    breaks: ['LIFE-MAXREQ-04'],
    scenario: everything(shortGrace({ maximumRequests: 2 })),
    run: distorting(stopsAtTheFirstDeadline),
  },
  {
    name: 'accepts nothing while a process at its limit waits for its last request',
    breaks: ['LIFE-MAXREQ-03'],
    scenario: limitWithOneInside,
    run: deciding({ acceptsWhileDraining: () => false }),
  },
  {
    name: 'never starts a process for one that ended',
    breaks: ['LIFE-REPLACE-01'],
    scenario: everything(oneGroup()),
    run: distorting(neverReplaces),
  },
  {
    name: 'starts a replacement before the old process has gone',
    breaks: ['LIFE-REPLACE-02'],
    scenario: everything(oneGroup()),
    run: distorting(startsSuccessorsEarly),
  },
  {
    name: 'looks for dead processes every ten seconds',
    breaks: ['LIFE-REPLACE-03'],
    scenario: everything(oneGroup()),
    run: distorting(looksForTheDeadRarely),
  },
  {
    name: 'starts a process at once after one that could not start',
    breaks: ['LIFE-REPLACE-04'],
    scenario: everything(preloading),
    run: distorting(forksInALoop),
  },
  {
    name: 'loses the requests of the whole group when one process crashes',
    breaks: ['LIFE-EXIT-01'],
    scenario: everything(oneGroup({ processes: 2, threads: 1 })),
    run: deciding({ isLost: (request, ended) => request.processGroup === ended.processGroup }),
  },
  {
    name: 'saves the requests of a process that crashed',
    breaks: ['LIFE-EXIT-01'],
    scenario: everything(oneGroup()),
    run: deciding({ answerToLost: () => 200 }),
  },
  {
    name: 'replaces a process as soon as its script is touched',
    breaks: ['RELOAD-DAEMON-01', 'RELOAD-DAEMON-04'],
    scenario: everything(oneGroup()),
    run: deciding({ onTouch: (kind) => (kind === 'daemon' ? 'replace-at-once' : 'wait-for-a-request') }),
  },
  {
    name: 'never notices that a script was touched',
    breaks: ['RELOAD-DAEMON-01', 'RELOAD-DAEMON-03'],
    scenario: everything(oneGroup()),
    run: deciding({ noticesChange: () => false }),
  },
  {
    name: 'answers 500 to the request that finds the change',
    breaks: ['RELOAD-DAEMON-03'],
    scenario: everything(oneGroup()),
    run: deciding({ onRefusal: () => 'answer-500' }),
  },
  {
    name: 'serves the request that finds the change with the old code',
    breaks: ['RELOAD-DAEMON-03'],
    scenario: everything(oneGroup()),
    run: deciding({ onRefusal: () => 'serve-with-old-code' }),
  },
  {
    name: 'keeps the other applications of a reloaded process',
    breaks: ['RELOAD-DAEMON-06'],
    scenario: everything(oneGroup()),
    run: distorting(keepsTheNeighbour),
  },
  {
    name: 'never executes an embedded script again',
    breaks: ['RELOAD-EMBED-01'],
    scenario: everything(oneChild),
    run: deciding({ noticesChange: () => false }),
  },
  {
    name: 'replaces a child whose script was touched',
    breaks: ['RELOAD-EMBED-01'],
    scenario: touchOfOneChild,
    run: deciding({ onScriptChange: () => 'replace-process' }),
  },
  {
    name: 'cuts off the requests inside a touched script',
    breaks: ['RELOAD-EMBED-02'],
    scenario: everything(twoChildren),
    run: distorting(cutsOffOldCode),
  },
  {
    name: 'reloads scripts whose reloading is off',
    breaks: ['RELOAD-OFF-01'],
    scenario: everything(notReloading),
    run: deciding({ noticesChange: ({ loadedEdition, edition }) => loadedEdition !== edition }),
  },
  {
    name: 'lets a daemon process ignore signals',
    breaks: ['RELOAD-SIGNAL-01', 'MODEL-01'],
    scenario: everything(oneGroup()),
    run: deciding({ respondsTo: () => 'ignore' }),
  },
  {
    name: 'lets a child die of its own SIGINT',
    breaks: ['RELOAD-SIGNAL-02'],
    scenario: everything(oneChild),
    run: deciding({ respondsTo: () => 'die' }),
  },
  {
    name: 'answers 502 for a lost daemon before release 6',
    breaks: ['DISP-PROXY-01'],
    scenario: everything(oneGroup()),
    run: deciding({ answerToLost: () => 502 }),
  },
  {
    name: 'loses the queue of a group with its process',
    breaks: ['DISP-SOCK-01'],
    scenario: everything(oneGroup({ threads: 1 })),
    run: deciding({
      isLost: (request, ended) =>
        request.process === ended.process || (request.process === null && request.processGroup === ended.processGroup),
    }),
  },
];
