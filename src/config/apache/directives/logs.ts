/** CustomLog, TransferLog, LogFormat, ErrorLog and LogLevel. */
import type { Call } from '../call.ts';
import { type LogLevel, logLevels } from '../host-logs.ts';
import { mergePath } from '../paths.ts';

/** With a nickname it defines that, and nothing else. Source: httpd 2.4, mod_log_config.c, log_format. */
export function logFormat(call: Call): void {
  const [format, nickname] = call.words;
  if (!format) return;
  const { logs } = call.scope.host;
  if (nickname) logs.formats.set(nickname.text.toLowerCase(), format.text);
  else logs.defaultFormat = format.text;
}

/** A condition (`env=`, `expr=`) is left out of account: every request is logged. */
export function customLog(call: Call): void {
  const [target, format] = call.words;
  if (target)
    call.scope.host.logs.accessLogs.push({ target: targetOf(call, target.text), format: format?.text ?? null });
}

export function errorLog(call: Call): void {
  const [target] = call.words;
  if (target) call.scope.host.logs.errorLog = targetOf(call, target.text);
}

/** One level for all, or for one module. Source: httpd 2.4.x, core.c, `set_loglevel`. */
export function logLevel(call: Call): void {
  for (const { text, offset } of call.words) {
    const colon = text.lastIndexOf(':');
    const module = colon === -1 ? null : text.slice(0, colon);
    const level = logLevels.find((known) => known === text.slice(colon + 1).toLowerCase());
    const refuse = (message: string): void =>
      call.error({ code: 'CFG019', message, fix: 'write for example LogLevel warn wsgi:info' }, offset);
    if (level === undefined) {
      refuse(
        `Log level keyword must be one of emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8: ${text}`,
      );
      return;
    }
    const isThere = module === null || call.reading.modules.has(module) || call.reading.modules.has(`${module}_module`);
    if (!isThere && !call.reading.modules.hasUnknown) {
      refuse(`Cannot find module ${module}`);
      return;
    }
    note(call, module, level);
  }
}

/** Levels inside sections bear on what happens in single requests; those of hosts are kept. */
function note({ scope: { level: place, section, host } }: Call, module: string | null, level: LogLevel): void {
  if (place !== 'server' || section !== null) return;
  if (module === null) host.logs.level = level;
  else if (module === 'wsgi' || module === 'wsgi_module') host.logs.wsgiLevel = level;
}

/** A file below ServerRoot, unless it is no file. Source: httpd 2.4, log.c, open_error_log; mod_log_config.c. */
function targetOf(call: Call, written: string): string {
  return /^(?:\||syslog\b)/.test(written) ? written : mergePath(call.reading.serverRoot, written);
}
