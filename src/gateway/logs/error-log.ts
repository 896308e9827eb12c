/**
 * Lines of the error log, as Apache writes them where no ErrorLogFormat says otherwise.
 * Source: httpd 2.4, server/log.c, do_errorlog_default.
 */
import { type LogLevel, logLevels } from '../../config/apache/host-logs.ts';
import { escapeErrorItem } from './escape-log-item.ts';
import type { LineSink } from './line-sink.ts';
import { errorTime, type LocalTime, localTime } from './log-time.ts';

/** Who says something, and how grave it is. */
export interface LogOrigin {
  readonly level: LogLevel;
  readonly pid: number;
  /** The client of the request that it is about. */
  readonly client?: { readonly address: string; readonly port: number };
}

/**
 * Python names no thread when it writes to its error stream, so that there is a pid and no tid.
 * @param text - What was said, without a line break at its end.
 */
export function errorLine(time: LocalTime, { level, pid, client }: LogOrigin, text: string): string {
  const from = client ? `[client ${client.address}:${client.port}] ` : '';
  return `[${errorTime(time)}] [wsgi:${level}] [pid ${pid}] ${from}${escapeErrorItem(text)}\n`;
}

/**
 * Writes what is said, unless it is less grave than the level.
 * @param wallClock - Milliseconds since the epoch, with fractions.
 */
export function errorLog(
  sink: LineSink,
  level: LogLevel,
  wallClock: () => number,
): (origin: LogOrigin, text: string) => void {
  const lowest = logLevels.indexOf(level);
  return (origin, text) => {
    if (logLevels.indexOf(origin.level) <= lowest) sink.write(errorLine(localTime(wallClock()), origin, text));
  };
}
