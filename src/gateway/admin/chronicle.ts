/**
 * What became of processes, interpreters and scripts so far, from lifecycle events alone: when each began, why each
 * former process ended, and how often what happened. Requests do not pass here.
 */
import type { Ending, Exit, Happening } from '../../../spec/trace.ts';
import type { ApplicationGroup, ProcessGroupName, ProcessId } from '../../../spec/vocabulary.ts';

/** Times are ms since the epoch, as of `Date.now()`. */
export interface ScriptRecord {
  readonly script: string;
  readonly state: 'loaded' | 'failed';
  /** When it was last executed. */
  readonly at: number;
  /** How often it was executed in this interpreter. */
  readonly executions: number;
  /** Why it failed; null where it did not. */
  readonly error: string | null;
}

export interface InterpreterRecord {
  readonly applicationGroup: ApplicationGroup;
  readonly createdAt: number;
  /** By the path of the script. */
  readonly scripts: ReadonlyMap<string, ScriptRecord>;
}

export interface ProcessRecord {
  readonly process: ProcessId;
  readonly processGroup: ProcessGroupName;
  readonly pid: number;
  readonly spawnedAt: number;
  /** When it began to take requests; null while it does not. */
  readonly readyAt: number | null;
  /** Why it is going; null while it is not. */
  readonly leaving: Ending | null;
  readonly interpreters: ReadonlyMap<ApplicationGroup, InterpreterRecord>;
}

export interface FormerProcess extends Omit<ProcessRecord, 'leaving' | 'interpreters'> {
  readonly endedAt: number;
  readonly because: Ending;
  readonly exit: Exit;
  /** Requests it handled. */
  readonly served: number;
}

/** What happened in one process group since the gateway started. */
export interface GroupCounts {
  readonly starts: number;
  /** Starts in the place of a process that had ended. */
  readonly replacements: number;
  readonly ends: ReadonlyMap<Ending, number>;
  readonly loads: number;
  /** Executed again in the same interpreter. */
  readonly reloads: number;
  readonly loadFailures: number;
}

/** Former processes that are remembered; there may be thousands in a day. */
const remembered = 50;

export class Chronicle {
  readonly #now: () => number;
  readonly #servedBy: (process: ProcessId) => number;
  readonly #processes = new Map<ProcessId, ProcessRecord>();
  readonly #former: FormerProcess[] = [];
  readonly #counts = new Map<ProcessGroupName, GroupCounts>();

  /** @param servedBy - How many requests a process has handled, asked in the moment of its end. */
  constructor(now: () => number, servedBy: (process: ProcessId) => number) {
    this.#now = now;
    this.#servedBy = servedBy;
  }

  /** The running processes, by id. */
  get processes(): ReadonlyMap<ProcessId, ProcessRecord> {
    return this.#processes;
  }

  /** The latest end first; the oldest are forgotten. */
  get former(): readonly FormerProcess[] {
    return this.#former;
  }

  countsOf(group: ProcessGroupName): GroupCounts {
    return this.#counts.get(group) ?? nothingYet;
  }

  hear(happening: Happening): void {
    switch (happening.kind) {
      case 'process.spawned': {
        const { process, processGroup, pid } = happening;
        const spawnedAt = this.#now();
        this.#processes.set(process, {
          process,
          processGroup,
          pid,
          spawnedAt,
          readyAt: null,
          leaving: null,
          interpreters: new Map(),
        });
        this.#count(processGroup, ({ starts, replacements, ends }) => ({
          starts: starts + 1,
          replacements: replacements + (replacements < total(ends) ? 1 : 0),
        }));
        return;
      }
      case 'process.ready':
        this.#change(happening.process, () => ({ readyAt: this.#now() }));
        return;
      case 'process.draining':
      case 'process.stopping':
        this.#change(happening.process, () => ({ leaving: happening.because }));
        return;
      case 'process.exited':
        this.#ended(happening.process, happening.because, happening.exit);
        return;
      case 'interpreter.created':
        this.#interpreter(happening, (record) => record);
        return;
      case 'interpreter.destroyed':
        this.#change(happening.process, ({ interpreters }) => ({
          interpreters: new Map([...interpreters].filter(([group]) => group !== happening.applicationGroup)),
        }));
        return;
      case 'application.loaded':
      case 'application.reloaded':
      case 'application.failed':
        this.#executed(happening);
        return;
      default:
        return; // Single requests, and what a driver does.
    }
  }

  #ended(process: ProcessId, because: Ending, exit: Exit): void {
    const record = this.#processes.get(process);
    if (!record) return; // It could not even be started.
    this.#processes.delete(process);
    const { processGroup, pid, spawnedAt, readyAt } = record;
    const served = this.#servedBy(process);
    this.#former.unshift({
      process,
      processGroup,
      pid,
      spawnedAt,
      readyAt,
      endedAt: this.#now(),
      because,
      exit,
      served,
    });
    this.#former.length = Math.min(this.#former.length, remembered);
    this.#count(processGroup, ({ ends }) => ({ ends: new Map(ends).set(because, (ends.get(because) ?? 0) + 1) }));
  }

  #executed(
    happening: Extract<Happening, { kind: 'application.loaded' | 'application.reloaded' | 'application.failed' }>,
  ): void {
    const { kind, process, script } = happening;
    const group = this.#processes.get(process)?.processGroup;
    if (group === undefined) return;
    this.#interpreter(happening, (record) => ({
      ...record,
      scripts: new Map(record.scripts).set(script, {
        script,
        state: kind === 'application.failed' ? 'failed' : 'loaded',
        at: this.#now(),
        executions: (record.scripts.get(script)?.executions ?? 0) + 1,
        error: kind === 'application.failed' ? happening.error : null,
      }),
    }));
    this.#count(group, ({ loads, reloads, loadFailures }) => ({
      loads: loads + (kind === 'application.loaded' ? 1 : 0),
      reloads: reloads + (kind === 'application.reloaded' ? 1 : 0),
      loadFailures: loadFailures + (kind === 'application.failed' ? 1 : 0),
    }));
  }

  #interpreter(
    of: { readonly process: ProcessId; readonly applicationGroup: ApplicationGroup },
    change: (record: InterpreterRecord) => InterpreterRecord,
  ): void {
    const { process, applicationGroup } = of;
    this.#change(process, ({ interpreters }) => {
      const known = interpreters.get(applicationGroup);
      const record = known ?? { applicationGroup, createdAt: this.#now(), scripts: new Map() };
      return { interpreters: new Map(interpreters).set(applicationGroup, change(record)) };
    });
  }

  #change(process: ProcessId, change: (record: ProcessRecord) => Partial<ProcessRecord>): void {
    const record = this.#processes.get(process);
    if (record) this.#processes.set(process, { ...record, ...change(record) });
  }

  #count(group: ProcessGroupName, change: (counts: GroupCounts) => Partial<GroupCounts>): void {
    const counts = this.countsOf(group);
    this.#counts.set(group, { ...counts, ...change(counts) });
  }
}

const nothingYet: GroupCounts = {
  starts: 0,
  replacements: 0,
  ends: new Map(),
  loads: 0,
  reloads: 0,
  loadFailures: 0,
};

const total = (ends: GroupCounts['ends']): number => [...ends.values()].reduce((sum, n) => sum + n, 0);
