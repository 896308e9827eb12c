/** Everything an admin server knows of its gateway: what it hears, what it counts, and what it looks up when asked. */

import type { PredictedServer, Prediction } from '../../../spec/predict.ts';
import type { ProcessGroupName } from '../../../spec/vocabulary.ts';
import { serverTitle } from '../../render/deployment-words.ts';
import { Audience } from '../audience.ts';
import type { RequestAccount } from '../front/request-account.ts';
import type { Gateway } from '../gateway.ts';
import { memoryOf } from '../processes/process-memory.ts';
import type { ServerProcessView } from '../processes/supervisor.ts';
import { Chronicle } from './chronicle.ts';
import { Ledger, statusClasses } from './ledger.ts';
import { Pulse } from './pulse.ts';
import type { GroupStatus, ProcessStatus, Status } from './status.ts';

export interface Watched {
  /** The configuration, as the user named it. */
  readonly configuration: string;
  readonly prediction: Prediction<PredictedServer>;
  /** Where the gateway listens. */
  readonly address: string;
}

/** What is looked up in a gateway, whichever server it follows. */
export type Watchable = Pick<Gateway, 'state' | 'pythonVersion' | 'ports' | 'processes' | 'queues'>;

export class Watch {
  /** For the gateway's option of that name. */
  readonly audience = new Audience();
  readonly ledger = new Ledger();
  readonly chronicle: Chronicle;
  #watched: Watched;
  readonly #pulse = new Pulse(() => this.ledger.total);
  readonly #startedAt = Date.now();
  readonly #began = performance.now();
  readonly #beat = setInterval(() => this.#pulse.beat(), 1000).unref();
  #gateway: Watchable | null = null;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.chronicle = new Chronicle(
      () => Date.now(),
      (process) => this.#gateway?.processes.find((view) => view.process === process)?.served ?? 0,
    );
    this.audience.hearLifecycle((happening) => this.chronicle.hear(happening));
  }

  /** Since the watch began, in ms, on a clock that nobody sets. */
  get age(): number {
    return performance.now() - this.#began;
  }

  get configuration(): string {
    return this.#watched.configuration;
  }

  /** For the gateway's option of that name. */
  readonly account = (account: RequestAccount): void => this.ledger.enter(account, performance.now());

  /** For the gateway's option `onMade`. */
  readonly look = (gateway: Watchable): void => {
    this.#gateway = gateway;
  };

  /** The gateway follows another configuration from now on. */
  reconfigured(read: Pick<Watched, 'prediction'>): void {
    this.#watched = { ...this.#watched, ...read };
  }

  close(): void {
    clearInterval(this.#beat);
  }

  /** The gateway now; null while there is none. */
  status(): Status | null {
    const gateway = this.#gateway;
    if (gateway === null) return null;
    const { configuration, prediction, address } = this.#watched;
    const now = Date.now();
    const groups = this.#groups(gateway, now);
    return {
      version: 1,
      at: new Date(now).toISOString(),
      configuration,
      server: {
        state: gateway.state,
        kind: prediction.server.kind,
        follows: serverTitle(prediction.server),
        python: gateway.pythonVersion,
        pid: process.pid,
        startedAt: new Date(this.#startedAt).toISOString(),
        uptimeSeconds: seconds(this.#startedAt, now),
      },
      listens: [...gateway.ports].map(([configured, real]) => ({
        configured,
        real,
        url: `http://${address.includes(':') ? `[${address}]` : address}:${real}/`,
      })),
      mounts: prediction.mounts.map(({ host, port, url, script, answer, processGroup, applicationGroup }) => {
        const runs = answer.kind === 'application';
        return {
          host,
          port,
          url,
          script,
          processGroup: runs ? processGroup : null,
          applicationGroup: runs ? applicationGroup : null,
        };
      }),
      requests: {
        total: this.ledger.total,
        aborted: this.ledger.aborted,
        unmapped: sum(this.ledger.answers.get(null)?.byClass ?? []),
        inFlight: sum(groups.map(({ waiting, processes }) => waiting + sum(processes.map(({ busy }) => busy)))),
        perSecond: [...this.#pulse.perSecond],
      },
      groups,
      former: this.chronicle.former.map(({ process: id, processGroup, pid, because, exit, served, ...record }) => ({
        id,
        processGroup,
        pid,
        startedAt: new Date(record.spawnedAt).toISOString(),
        endedAt: new Date(record.endedAt).toISOString(),
        because,
        exit,
        served,
        wasReady: record.readyAt !== null,
      })),
    };
  }

  #groups(gateway: Watchable, now: number): GroupStatus[] {
    const { processes } = gateway;
    return [...gateway.queues].map(([name, waiting]) => {
      const { ends, ...counts } = this.chronicle.countsOf(name);
      return {
        name,
        waiting,
        processes: processes.filter((view) => view.processGroup === name).map((view) => this.#process(view, now)),
        ...this.#answers(name),
        ...counts,
        ends: Object.fromEntries(ends),
      };
    });
  }

  #process({ process, pid, state, threads, busy, served }: ServerProcessView, now: number): ProcessStatus {
    const record = this.chronicle.processes.get(process);
    return {
      id: process,
      pid,
      state: state as ProcessStatus['state'],
      leaving: record?.leaving ?? null,
      startedAt: record ? new Date(record.spawnedAt).toISOString() : null,
      uptimeSeconds: record ? seconds(record.spawnedAt, now) : null,
      residentBytes: memoryOf(pid)?.resident ?? null,
      threads,
      busy,
      served,
      interpreters: [...(record?.interpreters.values() ?? [])].map(({ applicationGroup, createdAt, scripts }) => ({
        applicationGroup,
        createdAt: new Date(createdAt).toISOString(),
        scripts: [...scripts.values()].map(({ at, ...script }) => ({ ...script, at: new Date(at).toISOString() })),
      })),
    };
  }

  #answers(group: ProcessGroupName): Pick<GroupStatus, 'answered' | 'aborted'> {
    const { byClass, aborted = 0 } = this.ledger.answers.get(group) ?? {};
    const entries = statusClasses.map((name, index) => [name, byClass?.[index] ?? 0] as const);
    return { answered: Object.fromEntries(entries) as GroupStatus['answered'], aborted };
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, n) => total + n, 0);

/** A clock that was set back makes nothing younger than new. */
const seconds = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 100) / 10);
