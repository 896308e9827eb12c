/** What a configuration says about logs, for each host: it bears on nothing that runs, so it is no part of a deployment. */

/** Apache's levels, the gravest first. Source: httpd 2.4, http_log.h. */
export const logLevels = [
  'emerg',
  'alert',
  'crit',
  'error',
  'warn',
  'notice',
  'info',
  'debug',
  'trace1',
  'trace2',
  'trace3',
  'trace4',
  'trace5',
  'trace6',
  'trace7',
  'trace8',
] as const;
export type LogLevel = (typeof logLevels)[number];

export interface AccessLog {
  /** An absolute path; a pipe begins with `|`. */
  readonly target: string;
  /** With its directives, never a nickname. */
  readonly format: string;
}

export interface HostLogs {
  /** In the order configured. */
  readonly accessLogs: readonly AccessLog[];
  /** An absolute path, a pipe (`|…`), `syslog…`, or null where nothing is said. */
  readonly errorLog: string | null;
  /** What is logged of mod_wsgi, and so of applications. */
  readonly wsgiLevel: LogLevel;
}

/** Source: httpd 2.4, mod_log_config.c, DEFAULT_LOG_FORMAT. */
export const commonFormat = '%h %l %u %t "%r" %>s %b';
/** Source: httpd 2.4, docs/conf/httpd.conf.in. Debian's has `%O`, bytes with the head, where this has `%b`. */
export const combinedFormat = `${commonFormat} "%{Referer}i" "%{User-Agent}i"`;
