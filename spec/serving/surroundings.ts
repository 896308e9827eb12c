/**
 * What server processes are given, beside the scripts they run: an account, a working directory, a Python, limits. All of it
 * belongs to the process and is shared by its interpreters.
 */

import type { GilDirective } from './gil.ts';

/** What holds for every process of the server, as far as a daemon group says nothing of its own. */
export interface ServerSurroundings {
  /** User and Group: who runs the Apache children. As written; null leaves it to Apache. Only a server started by root obeys. */
  readonly user: string | null;
  readonly group: string | null;
  /** WSGIPythonHome: of the children, and of groups without a `python-home`. */
  readonly pythonHome: string | null;
  /** WSGIPythonPath: of the children alone. */
  readonly pythonPath: string | null;
  /** WSGIPythonEggs: of the children alone. */
  readonly pythonEggs: string | null;
  /** WSGIPythonOptimize: the level of `-O`; 0 and below is none. */
  readonly pythonOptimize: number;
  readonly pythonHashSeed: string | null;
  /** WSGIPythonWarnings, one for each directive. */
  readonly pythonWarnings: readonly string[];
  readonly dontWriteBytecode: boolean;
  /** WSGILazyInitialization: Python begins in each process, not once in the parent. mod_wsgi 6 knows nothing else. */
  readonly lazyInitialization: boolean;
  /** WSGIRestrictStdin, WSGIRestrictStdout: each use of the stream is an error. */
  readonly restrictStdin: boolean;
  readonly restrictStdout: boolean;
  /** WSGIRestrictSignal: `signal.signal` does nothing. */
  readonly restrictSignal: boolean;
  /** WSGIDestroyInterpreter: exit handlers run at the end of a process, and threads are waited for. */
  readonly destroyInterpreter: boolean;
  /** WSGISocketRotation: a restart gives the sockets of daemon groups new names. */
  readonly socketRotation: boolean;
  /** WSGIPerInterpreterGIL and WSGIFreeThreading, in the order configured; mod_wsgi 6 only. */
  readonly gil: readonly GilDirective[];
}

/** What one WSGIDaemonProcess gives its processes. */
export interface GroupSurroundings {
  /** As written; null is the server's own {@link ServerSurroundings.user}. */
  readonly user: string | null;
  readonly group: string | null;
  /** Names separated by commas; null is what the user database says. */
  readonly supplementaryGroups: string | null;
  /** Octal, as written; null leaves the server's own. */
  readonly umask: string | null;
  /** As written, `%{GROUP}` included; null leaves the title alone. */
  readonly displayName: string | null;
  /** Working directory; null leaves the server's own. */
  readonly home: string | null;
  /** The environment variable LANG. */
  readonly lang: string | null;
  /** The environment variable LC_ALL and the C locale. */
  readonly locale: string | null;
  readonly pythonHome: string | null;
  /** Directories put in front of `sys.path`, as written with `:`; null is none. */
  readonly pythonPath: string | null;
  /** The environment variable PYTHON_EGG_CACHE. */
  readonly pythonEggs: string | null;
  /** Bytes of C stack of each request thread; null leaves the system's own. */
  readonly stackSize: number | null;
  /** As `nice` takes it: the lower the more; 0 leaves it alone. */
  readonly cpuPriority: number;
  /** Bytes of the data segment; 0 is no limit. */
  readonly memoryLimit: number;
  /** Bytes of address space; 0 is no limit. */
  readonly virtualMemoryLimit: number;
}

/** A server that says nothing. */
export const plainServer: ServerSurroundings = {
  user: null,
  group: null,
  pythonHome: null,
  pythonPath: null,
  pythonEggs: null,
  pythonOptimize: 0,
  pythonHashSeed: null,
  pythonWarnings: [],
  dontWriteBytecode: false,
  lazyInitialization: true,
  restrictStdin: false,
  restrictStdout: false,
  restrictSignal: true,
  destroyInterpreter: true,
  socketRotation: true,
  gil: [],
};

/** A group that says nothing. */
export const plainGroup: GroupSurroundings = {
  user: null,
  group: null,
  supplementaryGroups: null,
  umask: null,
  displayName: null,
  home: null,
  lang: null,
  locale: null,
  pythonHome: null,
  pythonPath: null,
  pythonEggs: null,
  stackSize: null,
  cpuPriority: 0,
  memoryLimit: 0,
  virtualMemoryLimit: 0,
};

/**
 * The title that a group's processes ask for, before any truncation; null leaves the title alone.
 * Source: mod_wsgi 4.9.4, `wsgi_setup_daemon_name`.
 */
export const titleOf = ({ name, displayName }: GroupSurroundings & { readonly name: string }): string | null =>
  displayName === '%{GROUP}' ? `(wsgi:${name})` : displayName;

/**
 * The title as ps shows it: it is written over the first argument of Debian's Apache, which cannot grow. A name that is
 * not ASCII is cut by characters here and by bytes there.
 */
export const shownTitle = (group: GroupSurroundings & { readonly name: string }): string | null =>
  titleOf(group)?.slice(0, programOfDebian.length) ?? null;

/** What the title is written over. */
export const programOfDebian = '/usr/sbin/apache2';

/** A umask as the kernel shows it: four octal digits. Source: mod_wsgi 4.9.4, `wsgi_add_daemon_process`, strtol with base 8. */
export const shownUmask = (umask: string): string =>
  (Number.parseInt(umask.trim(), 8) & 0o777).toString(8).padStart(4, '0');
