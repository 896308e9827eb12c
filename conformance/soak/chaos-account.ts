/** The books of a chaotic run: what clients, the trace and the application say, and whether the three agree. */
import type { EventOf, Trace } from '../../spec/trace.ts';
import type { ProcessGroupName, ProcessId, RequestId } from '../../spec/vocabulary.ts';
import type { Disturbance, Errand } from './chaos-schedule.ts';

/** How a request ended for its client: exactly one of these. */
export type Outcome =
  | { readonly kind: 'answered'; readonly pid: number }
  /** `reused`: on a connection of earlier requests. */
  | { readonly kind: 'refused'; readonly status: number; readonly reused: boolean }
  | { readonly kind: 'cut off'; readonly error: string }
  /** A connection of earlier requests was closed when it was used again, without a byte of a response. */
  | { readonly kind: 'stale'; readonly error: string }
  /** The client itself went away. */
  | { readonly kind: 'left' };

/** An errand, and what became of it. */
export interface Concluded {
  readonly errand: Errand;
  readonly outcomes: readonly Outcome[];
  /** How many events the trace had when it was sent, and when its client knew its outcome. */
  readonly during: { readonly from: number; readonly to: number };
}

/** What was done to the server. */
export interface Disturbed {
  readonly what: Disturbance;
  /** To whom; null where it was to no process, or to one that was gone. */
  readonly process: ProcessId | null;
}

export interface Account {
  readonly outcomes: ReadonlyMap<RequestId, Concluded>;
  readonly disturbances: readonly Disturbed[];
  readonly trace: Trace;
  /** What the application wrote: each request at each entry. */
  readonly entered: readonly { readonly request: RequestId; readonly pid: number }[];
  /** What is left when the server has stopped. */
  readonly left: { readonly descriptors: readonly string[]; readonly children: readonly number[] };
}

/** Complaints, each one sentence; none where the books agree. */
export function complaints(account: Account): readonly string[] {
  const ledger = new Ledger(account);
  return [
    ...[...account.outcomes.values()].flatMap(({ errand, outcomes, during }) => {
      const [outcome, ...more] = outcomes;
      const who = `${errand.request} (${errand.mount})`;
      if (outcome === undefined) return [`${who} has no outcome`];
      if (more.length > 0) return [`${who} has ${outcomes.length} outcomes`];
      return ledger.against(errand.request, outcome, during).map((complaint) => `${who} ${complaint}`);
    }),
    ...account.left.descriptors.map((what) => `a descriptor was left open: ${what}`),
    ...account.left.children.map((pid) => `process ${pid} was left`),
  ];
}

/** What the trace and the application say of a request. */
class Ledger {
  readonly #accepted = new Map<RequestId, ProcessId[]>();
  readonly #replays = new Map<RequestId, number>();
  readonly #entries = new Map<RequestId, number[]>();
  readonly #pids = new Map<ProcessId, number>();
  readonly #exits = new Map<ProcessId, EventOf<'process.exited'>>();
  readonly #groups = new Map<ProcessId, ProcessGroupName>();
  /** Whom a signal told to go, whatever else it was told. */
  readonly #terminated: ReadonlySet<ProcessId | null>;
  readonly #trace: Trace;

  constructor({ trace, entered, disturbances }: Account) {
    this.#trace = trace;
    this.#terminated = new Set(disturbances.filter(({ what }) => isTermination(what)).map(({ process }) => process));
    for (const event of trace)
      if (event.kind === 'request.accepted') push(this.#accepted, event.request, event.process);
      else if (event.kind === 'request.replayed')
        this.#replays.set(event.request, (this.#replays.get(event.request) ?? 0) + 1);
      else if (event.kind === 'process.spawned') {
        this.#pids.set(event.process, event.pid);
        this.#groups.set(event.process, event.processGroup);
      } else if (event.kind === 'process.exited') this.#exits.set(event.process, event);
    for (const { request, pid } of entered) push(this.#entries, request, pid);
  }

  against(request: RequestId, outcome: Outcome, during: Concluded['during']): readonly string[] {
    const entries = this.#entries.get(request) ?? [];
    const last = this.#accepted.get(request)?.at(-1);
    // A connection belongs to one child, whatever process works for its request: it goes with that child.
    const lostItsChild = (outcome.kind === 'cut off' || outcome.kind === 'stale') && this.#childWentAtOnce(during);
    if (entries.length > 1) return [`was executed ${entries.length} times, by ${entries.join(' and ')}`];
    if (lostItsChild) return [];
    switch (outcome.kind) {
      case 'left':
        return [];
      case 'answered':
        if (last === undefined) return ['was answered and by the trace nobody accepted it'];
        if (this.#pids.get(last) !== outcome.pid)
          return [`was answered by ${outcome.pid}, and by the trace ${last} (${this.#pids.get(last)}) had it`];
        return entries[0] === outcome.pid
          ? []
          : [`was answered by ${outcome.pid}, and the application says that ${entries[0] ?? 'nobody'} had it`];
      case 'stale':
        // A server may close an idle connection at any time, but not one whose request it works on.
        return entries.length === 0 || (last !== undefined && this.#wasKilled(last))
          ? []
          : [`was cut off (${outcome.error}) on a reused connection, and ${entries[0]} had it`];
      case 'refused':
      case 'cut off': {
        if (last !== undefined && this.#wasKilled(last)) return [];
        const said = outcome.kind === 'refused' ? `got ${outcome.status}` : `was cut off (${outcome.error})`;
        const replays = this.#replays.get(request) ?? 0;
        // A request that meets old code again and again is given up. Source: rule RELOAD-DAEMON-03.
        if (outcome.kind === 'refused' && outcome.status === 503 && replays > 5) return [];
        if (outcome.kind === 'refused' && last === undefined && this.#isOfFormerChild(outcome, during)) return [];
        const exit = last === undefined ? undefined : this.#exits.get(last);
        const why = exit === undefined ? 'is still there' : `ended because of ${exit.because}, ${exit.exit.kind}`;
        return [`${said}, and ${last ?? 'no process'} ${last === undefined ? 'had it' : why}; ${replays} replays`];
      }
    }
  }

  /** A child that is killed or told to terminate takes its connections with it; one that goes gracefully does not. */
  #childWentAtOnce({ from, to }: Concluded['during']): boolean {
    return this.#trace
      .slice(from, to)
      .some(
        (event) =>
          (event.kind === 'process.stopping' || event.kind === 'process.exited') &&
          this.#groups.get(event.process) === '' &&
          (this.#terminated.has(event.process) || this.#wasKilled(event.process)),
      );
  }

  /** A connection of before a graceful restart reaches no daemon process any more. Source: rule RELOAD-APACHE-03. */
  #isOfFormerChild(
    { status, reused }: Extract<Outcome, { kind: 'refused' }>,
    { from, to }: Concluded['during'],
  ): boolean {
    return (
      status === 503 &&
      this.#trace
        .slice(reused ? 0 : from, to)
        .some(
          (event) =>
            (event.kind === 'process.draining' || event.kind === 'process.stopping') &&
            event.because === 'server-restart' &&
            this.#groups.get(event.process) === '',
        )
    );
  }

  #wasKilled(process: ProcessId): boolean {
    return this.#exits.get(process)?.exit.kind === 'killed';
  }
}

const isTermination = (what: Disturbance): boolean => what.do === 'signal' && what.signal === 'SIGTERM';

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
