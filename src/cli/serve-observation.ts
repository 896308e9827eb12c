/** What `wsgiscope serve` shows of the gateway beside serving: the status page and the trace file, if it was asked for them. */
import type { AdminServer } from '../gateway/admin/admin-server.ts';
import { streamTrace } from '../gateway/admin/trace-stream.ts';
import type { Watch, Watched } from '../gateway/admin/watch.ts';
import { Audience } from '../gateway/audience.ts';
import { CannotStart } from '../gateway/cannot-start.ts';
import type { RequestAccounts } from '../gateway/front/request-account.ts';
import type { GatewayOptions } from '../gateway/gateway.ts';
import type { LineSink } from '../gateway/logs/line-sink.ts';
import { LogFile } from '../gateway/logs/log-file.ts';
import type { AcceptedConfiguration } from './accepted-configuration.ts';
import { loggedHosts, type ServeLogs } from './serve-logs.ts';

export interface Asked {
  readonly watched: Watched;
  readonly admin: { readonly port: number; readonly address: string } | null;
  readonly traceFile: string | null;
  /** The logs that are written, given whom they can listen to. */
  readonly logs: (audience: Audience) => ServeLogs;
  /** Hears what goes wrong with files while the gateway runs. */
  readonly complain: (message: string) => void;
}

interface Admin {
  readonly server: AdminServer;
  readonly watch: Watch;
}

export class ServeObservation implements AsyncDisposable {
  /** What the gateway is started with. */
  readonly gatewayOptions: Pick<GatewayOptions, 'audience' | 'account' | 'log'> & { readonly onMade?: Watch['look'] };
  readonly #admin: Admin | null;
  readonly #logs: ServeLogs;
  readonly #complain: Asked['complain'];
  readonly #sinks: readonly LineSink[];

  /** @throws CannotStart when the port or a file is not to be had. */
  static async open({ watched, admin: place, traceFile, logs: logsFor, complain }: Asked): Promise<ServeObservation> {
    const sink = traceFile === null ? null : new LogFile(traceFile, complain);
    // The metrics alone take a third as long to load as the gateway.
    const admin = place && {
      ...(await import('../gateway/admin/admin-server.ts')),
      ...(await import('../gateway/admin/watch.ts')),
    };
    const watch = admin && new admin.Watch(watched);
    const audience = watch?.audience ?? new Audience();
    if (sink) {
      const began = performance.now();
      const header = { world: 'gateway', configuration: watched.configuration, seed: null };
      streamTrace(
        audience,
        header,
        (line) => sink.write(line),
        () => performance.now() - began,
      );
    }
    const logs = logsFor(audience);
    const server = place && admin && watch && (await admin.AdminServer.open({ watch, ...place }));
    return new ServeObservation(audience, server && watch && { server, watch }, logs, sink ? [sink] : [], complain);
  }

  private constructor(
    audience: Audience,
    admin: Admin | null,
    logs: ServeLogs,
    sinks: readonly LineSink[],
    complain: Asked['complain'],
  ) {
    this.#complain = complain;
    this.#admin = admin;
    this.#sinks = sinks;
    this.#logs = logs;
    const accounts = [admin?.watch.account, logs.account].filter((account) => account != null);
    this.gatewayOptions = {
      audience,
      ...(accounts.length > 0 && { account: toAll(accounts) }),
      ...(admin && { onMade: admin.watch.look }),
      ...(logs.log && { log: logs.log }),
    };
  }

  /** Where the status page is; null where there is none. */
  get url(): string | null {
    return this.#admin?.server.url ?? null;
  }

  /** Files were moved away: goes on in new ones. */
  reopen(): void {
    this.#logs.reopen();
    for (const sink of this.#sinks) sink.reopen();
  }

  /** The gateway follows another configuration from now on. */
  reconfigured(read: AcceptedConfiguration): void {
    this.#admin?.watch.reconfigured(read);
    try {
      this.#logs.follow(loggedHosts(read));
    } catch (error) {
      if (!(error instanceof CannotStart)) throw error;
      this.#complain(`${error.message.split('\n')[0]}; the logs stay as they were`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin?.watch.close();
    await this.#admin?.server.close();
    await this.#logs.close();
    await Promise.all(this.#sinks.map((sink) => sink.close()));
  }
}

const toAll =
  (accounts: readonly RequestAccounts[]): RequestAccounts =>
  (account) => {
    for (const hear of accounts) hear(account);
  };
