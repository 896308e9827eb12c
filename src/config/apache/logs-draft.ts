/** The logs of one host while its configuration is being read. */
import { type AccessLog, commonFormat, type HostLogs, type LogLevel } from './host-logs.ts';

export class LogsDraft {
  /** By nickname in lower case: Apache's tables do not mind case. */
  readonly formats = new Map<string, string>();
  /** The format, or its nickname, or null for that of LogFormat without a nickname. */
  readonly accessLogs: { readonly target: string; readonly format: string | null }[] = [];
  defaultFormat: string | null = null;
  errorLog: string | null = null;
  level: LogLevel | null = null;
  wsgiLevel: LogLevel | null = null;
}

/**
 * What holds for a host. One without access logs of its own uses those of the main server, and so on.
 * Source: httpd 2.4, mod_log_config.c, merge_config_log_state and open_multi_logs: nicknames are looked up when all is read.
 */
export function hostLogs(host: LogsDraft, main: LogsDraft): HostLogs {
  const own = host.accessLogs.length > 0 ? host : main;
  const formatOf = (written: string | null): string => {
    if (written === null) return host.defaultFormat ?? main.defaultFormat ?? commonFormat;
    const nickname = written.toLowerCase();
    const known = host.formats.get(nickname) ?? main.formats.get(nickname);
    return known ?? (nickname === 'clf' ? commonFormat : written);
  };
  return {
    accessLogs: own.accessLogs.map(({ target, format }): AccessLog => ({ target, format: formatOf(format) })),
    errorLog: host.errorLog ?? main.errorLog,
    // Source: httpd 2.4, core.h, DEFAULT_LOGLEVEL. A level for a module beats the one for all.
    wsgiLevel: host.wsgiLevel ?? host.level ?? main.wsgiLevel ?? main.level ?? 'warn',
  };
}
