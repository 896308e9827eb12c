/** Traps in scripts that fork their own process. */
import type { Position } from '../diagnostic.ts';
import type { Hazard, Trap } from './hazard.ts';
import { answered } from './scene.ts';

export const forkBesideInterpreters: Hazard = {
  code: 'HAZ072',
  title: 'Forking where Python cannot',
  explanation:
    'A child that is forked in a sub-interpreter ends at once with "Fatal Python error: not main interpreter"; Python 3.8 refuses to fork there. One that is forked in the main interpreter of a process with sub-interpreters hangs for ever (3.9 to 3.12) or aborts (3.13), and whoever waits for it hangs as well. multiprocessing forks on Linux, and preexec_fn of subprocess is refused in sub-interpreters. What is started with subprocess alone works everywhere.',
  source:
    'CPython 3.11, Python/pystate.c, _PyInterpreterState_DeleteExceptMain; tried with Apache 2.4.71, mod_wsgi 4.9.4 and Python 3.11, and with Python 3.8 to 3.13',
  find: (scene) => {
    const mounts = answered(scene);
    return mounts.flatMap((mount): readonly Trap[] => {
      const neighbours = mounts.filter(({ processGroup, applicationGroup }) => {
        return processGroup === mount.processGroup && applicationGroup !== '';
      });
      const isMain = mount.applicationGroup === '';
      const text = isMain && neighbours.length === 0 ? null : scene.scriptText(mount.script);
      const call = text === null ? null : forking.exec(text);
      if (text === null || call === null) return [];
      return [
        {
          at: placeIn(mount.script, text, call.index + (call[1]?.length ?? 0)),
          severity: 'warning',
          message: isMain
            ? `${mount.url} forks in a process that has sub-interpreters as well, for ${neighbours[0]?.url}: the child hangs or aborts`
            : `${mount.url} forks in a sub-interpreter: the child ends at once`,
          fix: 'give the application a process group to itself and application-group=%{GLOBAL}, or start a program with subprocess',
        },
      ];
    });
  },
};

/** The calls of the standard library that fork; `multiprocessing` does on Linux up to Python 3.13. */
const forking =
  /^([^#\n]*?)\b(?:os\s*\.\s*fork(?:pty)?|pty\s*\.\s*fork|multiprocessing\s*\.\s*(?:Process|Pool|Manager)|ProcessPoolExecutor)\s*\(/m;

function placeIn(file: string, text: string, index: number): Position {
  const before = text.slice(0, index).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
