/** A trace read request by request: what became of each one, and every time an application was entered. */
import { type DaemonGroup, maxChildren, processCount } from '../deployments/apache.ts';
import { type EventOf, eventsOf, type Observation, type Trace } from '../trace.ts';
import type { ProcessId, RequestId } from '../vocabulary.ts';
import { rememberedByTrace } from './remember.ts';
import type { ApacheRun } from './rule.ts';

/** Everything a trace tells about one request. */
export interface RequestHistory {
  readonly id: RequestId;
  readonly sent: EventOf<'request.sent'>;
  readonly accepted: readonly EventOf<'request.accepted'>[];
  readonly replayed: readonly EventOf<'request.replayed'>[];
  /** Each time it entered an application; a sound server enters once. */
  readonly observed: readonly EventOf<'observation'>[];
  readonly released: EventOf<'request.released'> | null;
  /** Null where the trace ends before the request does. */
  readonly outcome: Outcome | null;
}
export type Outcome = EventOf<'request.finished'> | EventOf<'request.failed'>;

/** One request inside one application. */
export interface Entry {
  readonly request: RequestHistory;
  readonly seq: number;
  readonly seen: Observation;
}

/** Every request of a trace, in the order sent. */
export const requestHistories = rememberedByTrace((trace): readonly RequestHistory[] => {
  const found = new Map<RequestId, Drafted>();
  for (const event of trace) {
    if (event.kind === 'request.sent') found.set(event.request, draft(event));
    else if ('request' in event) note(found.get(event.request), event);
  }
  return [...found.values()];
});

interface Drafted extends RequestHistory {
  readonly accepted: EventOf<'request.accepted'>[];
  readonly replayed: EventOf<'request.replayed'>[];
  readonly observed: EventOf<'observation'>[];
  released: EventOf<'request.released'> | null;
  outcome: Outcome | null;
}

const draft = (sent: EventOf<'request.sent'>): Drafted => ({
  id: sent.request,
  sent,
  accepted: [],
  replayed: [],
  observed: [],
  released: null,
  outcome: null,
});

function note(history: Drafted | undefined, event: Extract<Trace[number], { readonly request: RequestId }>): void {
  if (!history) return;
  if (event.kind === 'request.accepted') history.accepted.push(event);
  else if (event.kind === 'request.replayed') history.replayed.push(event);
  else if (event.kind === 'observation') history.observed.push(event);
  else if (event.kind === 'request.released') history.released ??= event;
  else if (event.kind === 'request.finished' || event.kind === 'request.failed') history.outcome ??= event;
}

/** Every entry into an application, in the order in which they were observed. */
export const entriesOf = rememberedByTrace((trace): readonly Entry[] =>
  requestHistories(trace)
    .flatMap((request) => request.observed.map((event): Entry => ({ request, seq: event.seq, seen: event.seen })))
    .toSorted((a, b) => a.seq - b.seq),
);

/** The entries that say they ran inside an Apache child. */
export const embeddedEntries = (run: ApacheRun): readonly Entry[] =>
  entriesOf(run.trace).filter(({ seen }) => seen.processGroup === '');

/** The entries that say they ran in a configured process group, each with that group. */
export const daemonEntries = (run: ApacheRun): readonly (Entry & { readonly group: DaemonGroup })[] =>
  entriesOf(run.trace).flatMap((entry) => {
    const group = run.deployment.daemons.find((daemon) => daemon.name === entry.seen.processGroup);
    return group ? [{ ...entry, group }] : [];
  });

/** One application: what "equivalent application object" means to a client of many processes. */
export const applicationOf = ({ seen }: Entry): string =>
  JSON.stringify([seen.processGroup, seen.applicationGroup, seen.moduleName]);

/** One loading place: an application in one interpreter of one process. */
export const residenceOf = (entry: Entry): string => JSON.stringify([entry.seen.process, applicationOf(entry)]);

/** The world's own name for the process in which an entry happened; null where the world does not show it. */
export const processIdOf = (entry: Entry): ProcessId | null => entry.request.accepted.at(-1)?.process ?? null;

/** How many processes can serve a process group at once; 0 for a group that is not configured. */
export function processLimit(run: ApacheRun, processGroup: string): number {
  if (processGroup === '') return maxChildren(run.deployment.children);
  const group = run.deployment.daemons.find((daemon) => daemon.name === processGroup);
  return group ? processCount(group) : 0;
}

/** How many requests each process of a group can run at once; 0 for a group that is not configured. */
export function threadLimit(run: ApacheRun, processGroup: string): number {
  if (processGroup === '') return run.deployment.children.threadsPerChild;
  return run.deployment.daemons.find((daemon) => daemon.name === processGroup)?.threads ?? 0;
}

/** The client got a whole response that is not a server error. */
export const succeeded = (request: RequestHistory): boolean =>
  request.outcome?.kind === 'request.finished' && request.outcome.status < 500;

/**
 * The server gave up on it because of the queue-timeout or socket-timeout of its group: waiting for another process counts
 * as well. It may be run all the same, unseen. Sources: rules DISP-QUEUE-02, DISP-PROXY-02.
 */
export const waitedTooLong = ({ sent, outcome }: RequestHistory, group: DaemonGroup): boolean =>
  outcome?.kind === 'request.finished' &&
  outcome.status === 504 &&
  [group.queueTimeout, group.socketTimeout].some((timeout) => timeout > 0 && outcome.at - sent.at >= timeout - 1);

/** The outcome of a request in words. */
export function outcomeOf(request: RequestHistory): string {
  if (request.outcome === null) return 'had no outcome';
  return request.outcome.kind === 'request.finished'
    ? `was answered ${request.outcome.status}`
    : `failed: ${request.outcome.reason}`;
}

/** The events of a request that show where it went and what became of it. */
export const seqsOf = (request: RequestHistory): readonly number[] => [
  request.sent.seq,
  ...request.observed.map((event) => event.seq),
  ...(request.outcome ? [request.outcome.seq] : []),
];

/** Values by key, keys in order of first appearance. */
export function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/** Every two values of a list, in its order. */
export const pairsOf = <T>(values: readonly T[]): readonly (readonly [T, T])[] =>
  values.flatMap((a, index) => values.slice(index + 1).map((b) => [a, b] as const));

/** One value for each key: the first. */
export const firstOfEach = <T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] =>
  [...groupedBy(values, keyOf).values()].flatMap(([first]) => (first === undefined ? [] : [first]));

/** The events that tell of processes by the world's own names; empty in a black-box world. */
export const processEnds = (trace: Trace): readonly EventOf<'process.stopping' | 'process.exited'>[] =>
  [...eventsOf(trace, 'process.stopping'), ...eventsOf(trace, 'process.exited')].toSorted((a, b) => a.seq - b.seq);
