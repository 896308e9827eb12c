/** The access log and the error log that `wsgiscope serve` was asked for, in the formats of the configuration. */
import type { Deployment } from '../../spec/deployment.ts';
import { combinedFormat, type HostLogs } from '../config/apache/host-logs.ts';
import type { Audience } from '../gateway/audience.ts';
import type { GatewayOptions } from '../gateway/gateway.ts';
import { accessLog, type HostAccessLog } from '../gateway/logs/access-log.ts';
import { errorLog } from '../gateway/logs/error-log.ts';
import { lifecycleLines } from '../gateway/logs/lifecycle-lines.ts';
import type { LineSink } from '../gateway/logs/line-sink.ts';
import { LogFile } from '../gateway/logs/log-file.ts';
import { standardStream } from '../gateway/logs/standard-stream.ts';
import type { RequestAccounts } from '../gateway/request-account.ts';
import type { Shell } from './shell.ts';

export interface LogsAsked {
  /** A file, or `-` for standard output. */
  readonly accessLog?: string;
  /** A file, or `-` for standard error. */
  readonly errorLog?: string;
  /** Writes the files that the configuration names. */
  readonly configuredLogs?: true;
}

export interface ServeLogs {
  /** Hears of each finished request; null where no access log is written. */
  readonly account: RequestAccounts | null;
  /** Takes the place of plain lines on standard error; null where no error log is written. */
  readonly log: NonNullable<GatewayOptions['log']> | null;
  readonly sinks: readonly LineSink[];
}

/**
 * @param logs - As the deployment's hosts.
 * @throws CannotStart when a file cannot be opened.
 */
export function serveLogs(
  asked: LogsAsked,
  deployment: Deployment,
  logs: readonly HostLogs[],
  audience: Audience,
  shell: Shell,
): ServeLogs {
  const files = new Map<string, LineSink>();
  const complain = (message: string): void => shell.err(`wsgiscope: ${message}\n`);
  const sinkOf = (target: string, standard: (text: string) => void): LineSink => {
    const sink = files.get(target) ?? (target === '-' ? standardStream(standard) : new LogFile(target, complain));
    files.set(target, sink);
    return sink;
  };
  const isFile = (target: string): boolean => {
    const found = target.startsWith('/');
    if (!found) complain(`the log ${target} is not written: wsgiscope writes files only`);
    return found;
  };
  const named = asked.accessLog;
  const access: HostAccessLog[] = logs.flatMap(({ accessLogs }, host) => [
    ...(named === undefined
      ? []
      : [{ host, format: accessLogs[0]?.format ?? combinedFormat, sink: sinkOf(named, shell.out) }]),
    ...(asked.configuredLogs ? accessLogs : [])
      .filter(({ target }) => isFile(target))
      .map(({ target, format }) => ({ host, format, sink: sinkOf(target, shell.out) })),
  ]);
  const [main] = logs;
  const configured = asked.configuredLogs && main?.errorLog && isFile(main.errorLog) ? main.errorLog : undefined;
  const errorTargets = [asked.errorLog, configured].filter((target) => target !== undefined);
  const says = errorTargets.map((target) =>
    errorLog(sinkOf(target, shell.err), main?.wsgiLevel ?? 'warn', () => performance.timeOrigin + performance.now()),
  );
  const say: ReturnType<typeof errorLog> = (origin, text) => {
    for (const one of says) one(origin, text);
  };
  if (says.length > 0) {
    const threadsOf = (group: string): number => deployment.daemons.find(({ name }) => name === group)?.threads ?? 0;
    audience.hearLifecycle(lifecycleLines(threadsOf, say));
  }
  return {
    account:
      access.length === 0
        ? null
        : accessLog(access, deployment, { now: () => performance.now(), wallClock: () => Date.now() }),
    log: says.length === 0 ? null : (_, line, origin = { level: 'error', pid: process.pid }) => say(origin, line),
    sinks: [...files.values()],
  };
}
