/** Servers of workers that lose, repeat, mix up or crowd requests, as no server may. */
import type { Happening, Mark, Trace, TraceEvent } from '../../spec/trace.ts';
import type { RequestId } from '../../spec/vocabulary.ts';
import { aGunicorn, aPlainServer, aUwsgi } from '../../src/simulator/a-worker-deployment.ts';
import { deciding, distorting, type Mutant, reporting, running, throughout } from './mutant.ts';

type Event = Happening & { readonly at: TraceEvent['at'] };

/** Requests that end as their client would not have them end. */
const losing = (isLost: (request: RequestId, trace: Trace) => boolean): Mutant['run'] =>
  distorting((trace) =>
    trace.map((event) =>
      event.kind === 'request.finished' && isLost(event.request, trace)
        ? { ...event, kind: 'request.failed' as const, reason: 'process-lost' }
        : event,
    ),
  );

const isReleased = (request: RequestId, trace: Trace): boolean =>
  trace.some((event) => event.kind === 'request.released' && event.request === request);

/** Nobody who asks after the first end of a process is served. */
export const servesNobodyAfterACrash: Mutant['run'] = distorting((trace) => {
  const crash = trace.find((event) => event.kind === 'request.sent' && event.behave?.kind === 'exit')?.seq ?? Infinity;
  const later = new Set(
    trace.flatMap((event) => (event.kind === 'request.sent' && event.seq > crash ? [event.request] : [])),
  );
  return trace.flatMap((event): readonly Event[] => {
    if (!('request' in event) || !later.has(event.request)) return [event];
    if (event.kind === 'observation' || event.kind === 'request.accepted') return [];
    return event.kind === 'request.finished' ? [{ ...event, kind: 'request.failed', reason: 'ECONNREFUSED' }] : [event];
  });
});

/** A server too busy for a request says so at once. */
const rejectsWhoMustWait: Mutant['run'] = distorting((trace) => {
  const waiting = new Set(trace.flatMap((event) => (event.kind === 'request.queued' ? [event.request] : [])));
  return trace.flatMap((event): readonly Event[] => {
    if (!('request' in event) || !waiting.has(event.request) || event.kind === 'request.sent') return [event];
    return event.kind === 'request.queued'
      ? [{ at: event.at, kind: 'request.finished', request: event.request, status: 503 }]
      : [];
  });
});

/** Each response goes to the client that comes next. */
const mixesUpResponses: Mutant['run'] = distorting((trace) => {
  let before: RequestId | undefined;
  return trace.map((event) => {
    if (event.kind !== 'request.finished' || event.answers === undefined) return event;
    const answers = before ?? event.answers;
    before = event.answers;
    return { ...event, answers };
  });
});

/** The first process that vanishes goes on answering. */
const keepsAGhost: Mutant['run'] = distorting((trace) => {
  let ghost: Mark | undefined;
  return trace.map((event) => {
    if (event.kind === 'process.vanished') ghost ??= event.mark;
    return event.kind === 'observation' && ghost !== undefined
      ? { ...event, seen: { ...event.seen, process: ghost } }
      : event;
  });
});

/** A process appears when the first request for it comes. */
export const startsProcessesForRequests: Mutant['run'] = distorting((trace) => {
  const begun = new Set<Mark>();
  const appearances = trace.filter((event) => event.kind === 'process.appeared');
  return trace.flatMap((event): readonly Event[] => {
    if (event.kind === 'process.appeared') return [];
    if (event.kind !== 'observation' || begun.has(event.seen.process)) return [event];
    begun.add(event.seen.process);
    return [
      ...appearances.filter(({ mark }) => mark === event.seen.process).map((one) => ({ ...one, at: event.at })),
      event,
    ];
  });
});

const threaded = aUwsgi({ processes: 2, threads: 3 });

export const workerMutants: readonly Mutant[] = [
  {
    name: 'executes every request twice',
    breaks: ['REQ-ONCE-01'],
    scenario: throughout(threaded),
    run: reporting((seen) => ({ ...seen, scriptCount: 2 * seen.scriptCount, moduleCount: 2 * seen.moduleCount })),
  },
  {
    name: 'gives each client the response to the request before',
    breaks: ['REQ-OWN-01'],
    scenario: throughout(threaded),
    run: mixesUpResponses,
  },
  {
    name: 'drops the requests that were held',
    breaks: ['REQ-HELD-01'],
    scenario: throughout(threaded),
    run: losing(isReleased),
  },
  {
    name: 'lets two requests at once into a process of one thread',
    breaks: ['PROC-THREADS-01', 'FLAG-PEP-01', 'MODEL-01'],
    scenario: throughout(aGunicorn()),
    run: deciding({ workerThreads: ({ threads }) => threads + 1 }),
  },
  {
    name: 'runs requests of one process on one thread',
    breaks: ['THREAD-ONE-01'],
    scenario: throughout(aPlainServer()),
    run: reporting((seen) => ({ ...seen, thread: seen.process })),
  },
  {
    name: 'starts one process more than it is told to',
    breaks: ['PROC-LIMIT-01', 'MODEL-01'],
    scenario: throughout(aUwsgi({ processes: 2 })),
    run: running(aUwsgi({ processes: 3 })),
  },
  {
    name: 'answers 503 while every thread is busy',
    breaks: ['REQ-WAIT-01'],
    scenario: throughout(aGunicorn({ workers: 2 })),
    run: rejectsWhoMustWait,
  },
  {
    name: 'loses updates of a counter under threads',
    breaks: ['COUNT-LIN-01'],
    scenario: throughout(aPlainServer()),
    run: reporting((seen) => (seen.inside > 1 ? { ...seen, scriptCount: seen.scriptCount - 1 } : seen)),
  },
  {
    name: 'lets a process answer that is gone',
    breaks: ['PROC-GONE-01', 'MODEL-01'],
    scenario: throughout(aGunicorn({ workers: 2 })),
    run: keepsAGhost,
  },
  {
    name: 'loses what is inside other processes when one dies',
    breaks: ['PROC-LOSS-01'],
    scenario: throughout(aGunicorn({ workers: 3 })),
    run: losing(isReleased),
  },
];
