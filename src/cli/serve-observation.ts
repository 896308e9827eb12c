/** What `wsgiscope serve` shows of the gateway beside serving: the status page and the trace file, if it was asked for them. */
import { AdminServer } from '../gateway/admin/admin-server.ts';
import { streamTrace } from '../gateway/admin/trace-stream.ts';
import { Watch, type Watched } from '../gateway/admin/watch.ts';
import { Audience } from '../gateway/audience.ts';
import type { GatewayOptions } from '../gateway/gateway.ts';
import type { LineSink } from '../gateway/logs/line-sink.ts';
import { LogFile } from '../gateway/logs/log-file.ts';

export interface Asked {
  readonly watched: Watched;
  readonly admin: { readonly port: number; readonly address: string } | null;
  readonly traceFile: string | null;
  /** Hears what goes wrong with files while the gateway runs. */
  readonly complain: (message: string) => void;
}

interface Admin {
  readonly server: AdminServer;
  readonly watch: Watch;
}

export class ServeObservation implements AsyncDisposable {
  /** What the gateway is started with. */
  readonly gatewayOptions: Pick<GatewayOptions, 'audience' | 'account' | 'onMade'>;
  readonly #admin: Admin | null;
  readonly #sinks: readonly LineSink[];

  /** @throws CannotStart when the port or a file is not to be had. */
  static async open({ watched, admin: place, traceFile, complain }: Asked): Promise<ServeObservation> {
    const sink = traceFile === null ? null : new LogFile(traceFile, complain);
    const watch = place && new Watch(watched);
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
    const server = place && watch && (await AdminServer.open({ watch, ...place }));
    return new ServeObservation(audience, server && watch && { server, watch }, sink ? [sink] : []);
  }

  private constructor(audience: Audience, admin: Admin | null, sinks: readonly LineSink[]) {
    this.#admin = admin;
    this.#sinks = sinks;
    this.gatewayOptions = {
      audience,
      ...(admin && { account: admin.watch.account, onMade: admin.watch.look }),
    };
  }

  /** Where the status page is; null where there is none. */
  get url(): string | null {
    return this.#admin?.server.url ?? null;
  }

  /** Files were moved away: goes on in new ones. */
  reopen(): void {
    for (const sink of this.#sinks) sink.reopen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin?.watch.close();
    await this.#admin?.server.close();
    for (const sink of this.#sinks) sink.close();
  }
}
