/** Worlds that bring requests to daemon processes wrongly. */
import type { ApacheScenario } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import { fromSeconds, requestId } from '../../spec/vocabulary.ts';
import { deciding, distorting, everything, type Mutant } from './mutant.ts';
import { oneGroup } from './stages.ts';

const to = { host: 'example.org', port: 8080, path: '/a' };
const [first, second] = [requestId(1), requestId(2)];

/** One thread, a queue of two, and short timeouts. */
export const shortQueue = oneGroup({
  threads: 1,
  listenBacklog: 1,
  connectTimeout: fromSeconds(1),
  queueTimeout: fromSeconds(1),
});

/** Two threads, and a server that soon gives up waiting for them: later than any machine takes to hold a few requests. */
export const impatient = oneGroup({ threads: 2, socketTimeout: fromSeconds(2) });

/** A second request comes while the first one is held, and another process is idle. */
const oneProcessIdle: ApacheScenario = {
  deployment: oneGroup({ processes: 2, threads: 1 }),
  steps: [
    { do: 'hold', request: first, to },
    { do: 'crowd', request: second, to },
    { do: 'release', requests: [first, second] },
  ],
};

/** What a thread would have dropped is dropped before any thread is free. */
const dropsWhileTheyWait = (trace: Trace): Trace => {
  const dropped = trace.filter((event) => event.kind === 'request.finished' && event.status === 504);
  const ids = new Set(dropped.flatMap((event) => ('request' in event ? [event.request] : [])));
  const early = new Map(
    dropped.map((event) => [
      trace.findLast((other) => other.seq < event.seq && other.kind === 'request.queued')?.seq ?? 0,
      event,
    ]),
  );
  return trace.flatMap((event) => {
    const next = early.get(event.seq);
    if (next) return [event, { ...next, at: event.at }];
    const isLate = 'request' in event && ids.has(event.request) && event.kind !== 'request.sent';
    return isLate && event.kind !== 'request.queued' ? [] : [event];
  });
};

export const dispatchMutants: readonly Mutant[] = [
  {
    name: 'reads header lines of any length',
    breaks: ['DISP-PROXY-03'],
    scenario: everything(oneGroup()),
    run: deciding({ longestHeaderLine: () => Number.POSITIVE_INFINITY }),
  },
  {
    name: 'runs a request however long it waited',
    breaks: ['DISP-QUEUE-01'],
    scenario: everything(shortQueue),
    run: deciding({ isTooLate: () => false }),
  },
  {
    name: 'drops a request while every thread is busy',
    breaks: ['DISP-QUEUE-01'],
    scenario: everything(shortQueue),
    run: distorting(dropsWhileTheyWait),
  },
  {
    name: 'ties requests to one process',
    breaks: ['DISP-SOCK-02'],
    scenario: oneProcessIdle,
    run: deciding({ chooses: (candidates) => candidates.find(({ serial }) => serial === 1) ?? null }),
  },
  {
    name: 'uses its threads in turn',
    breaks: ['DISP-SOCK-03'],
    scenario: everything(oneGroup({ threads: 5 })),
    run: deciding({ choosesThread: (idle) => idle[0] }),
  },
  {
    name: 'keeps one request in its queue whatever listen-backlog says',
    breaks: ['DISP-SOCK-04'],
    scenario: everything(shortQueue),
    run: deciding({ queueDepth: () => 1 }),
  },
  {
    name: 'keeps any number of requests in its queue',
    breaks: ['DISP-SOCK-04', 'DISP-SOCK-05'],
    scenario: everything(shortQueue),
    run: deciding({ queueDepth: () => Number.POSITIVE_INFINITY }),
  },
  {
    name: 'turns away at once who finds the queue full',
    breaks: ['DISP-SOCK-05'],
    scenario: everything(shortQueue),
    run: deciding({ connectTimeout: () => 0 }),
  },
  {
    name: 'lets requests try to connect far longer than connect-timeout',
    breaks: ['DISP-SOCK-05'],
    scenario: everything(shortQueue),
    run: deciding({ connectTimeout: (configured) => 10 * configured }),
  },
  {
    name: 'waits for a daemon process for ever',
    breaks: ['DISP-PROXY-02'],
    scenario: everything(impatient),
    run: deciding({ daemonSilence: () => 3_600_000 }),
  },
  {
    name: 'gives up on a daemon process long before socket-timeout',
    breaks: ['DISP-PROXY-02'],
    scenario: everything(impatient),
    run: deciding({ daemonSilence: ({ socketTimeout }) => socketTimeout / 2 }),
  },
];
