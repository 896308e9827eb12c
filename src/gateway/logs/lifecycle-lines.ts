/**
 * What mod_wsgi writes about processes and interpreters at level info, in its words.
 * Source: mod_wsgi 4.9.4: wsgi_start_process, wsgi_daemon_main, wsgi_exit_daemon_process; newInterpreterObject and
 * Interpreter_dealloc of wsgi_interp.c; wsgi_load_source.
 */
import type { Happening } from '../../../spec/trace.ts';
import type { ProcessGroupName, ProcessId } from '../../../spec/vocabulary.ts';
import type { LogOrigin } from './error-log.ts';

/**
 * @param threadsOf - The threads of each process of a daemon process group.
 * @param say - Hears the lines, and of which process each is.
 */
export function lifecycleLines(
  threadsOf: (group: ProcessGroupName) => number,
  say: (origin: LogOrigin, text: string) => void,
): (happening: Happening) => void {
  const running = new Map<ProcessId, { readonly pid: number; readonly group: ProcessGroupName }>();
  return (happening) => {
    if (happening.kind === 'process.spawned')
      running.set(happening.process, { pid: happening.pid, group: happening.processGroup });
    const text = 'process' in happening ? lineOf(happening, running.get(happening.process), threadsOf) : null;
    const pid = 'process' in happening ? running.get(happening.process)?.pid : undefined;
    if (text !== null && pid !== undefined) say({ level: 'info', pid }, text);
    if (happening.kind === 'process.exited') running.delete(happening.process);
  };
}

function lineOf(
  happening: Happening,
  of: { readonly pid: number; readonly group: ProcessGroupName } | undefined,
  threadsOf: (group: ProcessGroupName) => number,
): string | null {
  if (!of) return null;
  const { pid, group } = of;
  const start = `mod_wsgi (pid=${pid})`;
  switch (happening.kind) {
    case 'process.spawned':
      return group === '' ? null : `${start}: Starting process '${group}' with threads=${threadsOf(group)}.`;
    case 'process.stopping':
      return group === '' ? null : `${start}: Shutdown requested '${group}'.`;
    case 'process.exited':
      return group === '' ? null : `${start}: Exiting process '${group}'.`;
    case 'interpreter.created':
      return `${start}: Create interpreter '${happening.applicationGroup}'.`;
    case 'interpreter.destroyed':
      return `${start}: Destroy interpreter '${happening.applicationGroup}'.`;
    case 'application.loaded':
    case 'application.reloaded': {
      const doing = happening.kind === 'application.loaded' ? 'Loading Python script file' : 'Reloading WSGI script';
      const where = `process='${group}', application='${happening.applicationGroup}'`;
      return `mod_wsgi (pid=${pid}, ${where}): ${doing} '${happening.script}'.`;
    }
    default:
      return null;
  }
}
