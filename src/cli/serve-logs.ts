/** The access log and the error log that `wsgiscope serve` was asked for, in the formats of the configuration. */
import type { ProcessGroupName } from '../../spec/vocabulary.ts';
import { combinedFormat, type HostLogs } from '../config/apache/host-logs.ts';
import type { Audience } from '../gateway/audience.ts';
import type { RequestAccounts } from '../gateway/front/request-account.ts';
import type { GatewayOptions } from '../gateway/gateway.ts';
import { accessLog, type HostAccessLog } from '../gateway/logs/access-log.ts';
import { errorLog, type LogOrigin } from '../gateway/logs/error-log.ts';
import { lifecycleLines } from '../gateway/logs/lifecycle-lines.ts';
import type { LineSink } from '../gateway/logs/line-sink.ts';
import { LogFile } from '../gateway/logs/log-file.ts';
import { standardStream } from '../gateway/logs/standard-stream.ts';
import type { AcceptedConfiguration } from './accepted-configuration.ts';
import type { Shell } from './shell.ts';

export interface LogsAsked {
  /** A file, or `-` for standard output. */
  readonly accessLog?: string;
  /** A file, or `-` for standard error. */
  readonly errorLog?: string;
  /** Writes the files that the configuration names. */
  readonly configuredLogs?: true;
}

/** What is read of a configuration for its logs. */
export interface LoggedHosts {
  /** What each host is called. */
  readonly serverNames: readonly string[];
  /** As the hosts. */
  readonly logs: readonly HostLogs[];
  /** The threads of each process of a daemon process group; null is a server that is no mod_wsgi, whose lines it would not write. */
  readonly threadsOf: ((group: ProcessGroupName) => number) | null;
}

export function loggedHosts(accepted: AcceptedConfiguration): LoggedHosts {
  // gunicorn's own format is Apache's combined. Source: gunicorn 20.1, config.py, AccessLogFormat.
  if (accepted.kind === 'workers')
    return {
      serverNames: ['localhost'],
      logs: [{ accessLogs: [], errorLog: null, wsgiLevel: 'info' }],
      threadsOf: null,
    };
  const { deployment, logs } = accepted;
  return {
    serverNames: deployment.hosts.map(({ serverName }) => serverName ?? 'localhost'),
    logs,
    threadsOf: (group) => deployment.daemons.find(({ name }) => name === group)?.threads ?? 0,
  };
}

export class ServeLogs {
  readonly #asked: LogsAsked;
  readonly #shell: Shell;
  readonly #sinks = new Map<string, LineSink>();
  #enter: RequestAccounts | null = null;
  #say: ((origin: LogOrigin, text: string) => void) | null = null;
  #threadsOf: LoggedHosts['threadsOf'] = null;

  /** @throws CannotStart when a file cannot be opened. */
  constructor(asked: LogsAsked, hosts: LoggedHosts, audience: Audience, shell: Shell) {
    this.#asked = asked;
    this.#shell = shell;
    this.follow(hosts);
    if (this.#say && this.#threadsOf)
      audience.hearLifecycle(
        lifecycleLines(
          (group) => this.#threadsOf?.(group) ?? 0,
          (origin, text) => this.#say?.(origin, text),
        ),
      );
  }

  /** Hears of each finished request; null where no access log is written. */
  get account(): RequestAccounts | null {
    return this.#enter && ((account) => this.#enter?.(account));
  }

  /** Takes the place of plain lines on standard error; null where no error log is written. */
  get log(): NonNullable<GatewayOptions['log']> | null {
    return this.#say && ((_, line, origin = { level: 'error', pid: process.pid }) => this.#say?.(origin, line));
  }

  /** Writes what this configuration says from now on; files that it does not name any more stay open. */
  follow({ serverNames, logs, threadsOf }: LoggedHosts): void {
    const { accessLog: named, errorLog: namedError, configuredLogs } = this.#asked;
    const { out, err } = this.#shell;
    const access: HostAccessLog[] = logs.flatMap(({ accessLogs }, host) => [
      ...(named === undefined
        ? []
        : [{ host, format: accessLogs[0]?.format ?? combinedFormat, sink: this.#sink(named, out) }]),
      ...(configuredLogs ? accessLogs : [])
        .filter(({ target }) => this.#isFile(target))
        .map(({ target, format }) => ({ host, format, sink: this.#sink(target, out) })),
    ]);
    const clocks = { now: () => performance.now(), wallClock: () => Date.now() };
    this.#enter = access.length === 0 ? null : accessLog(access, serverNames, clocks);
    const [main] = logs;
    const configured = configuredLogs && main?.errorLog && this.#isFile(main.errorLog) ? main.errorLog : undefined;
    const precise = (): number => performance.timeOrigin + performance.now();
    const says = [namedError, configured]
      .filter((target) => target !== undefined)
      .map((target) => errorLog(this.#sink(target, err), main?.wsgiLevel ?? 'warn', precise));
    this.#threadsOf = threadsOf;
    this.#say =
      says.length === 0
        ? null
        : (origin, text) => {
            for (const say of says) say(origin, text);
          };
  }

  /** Files were moved away: goes on in new ones. */
  reopen(): void {
    for (const sink of this.#sinks.values()) sink.reopen();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.close()));
  }

  #sink(target: string, standard: (text: string) => void): LineSink {
    const known = this.#sinks.get(target);
    if (known) return known;
    const complain = (message: string): void => this.#shell.err(`wsgiscope: ${message}\n`);
    const sink = target === '-' ? standardStream(standard) : new LogFile(target, complain);
    this.#sinks.set(target, sink);
    return sink;
  }

  #isFile(target: string): boolean {
    if (target.startsWith('/')) return true;
    this.#shell.err(`wsgiscope: the log ${target} is not written: wsgiscope writes files only\n`);
    return false;
  }
}
