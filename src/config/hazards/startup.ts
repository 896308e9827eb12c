/** Traps in work that is done when an application starts. */
import { grouped } from './grouped.ts';
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject, answered, type SceneMount } from './scene.ts';
import { counted } from './wording.ts';

export const startUpRepeated: Hazard = {
  code: 'HAZ081',
  title: 'Start-up work runs once in each process and interpreter',
  explanation:
    'What stands at the top level of a script runs when the script is loaded: once in each interpreter of each process, again in every process that replaces another, and again whenever an embedded script is touched. Work that must be done once for all, such as resuming unfinished jobs, needs a lock outside of Python: a file, a database.',
  source: 'rules LIFE-LOAD-01, ISO-PROC-01, ISO-INTERP-03; the article "Apache 运行模式 & mod_wsgi"',
  find: (scene) =>
    [...grouped(answered(scene), (mount) => mount.script).values()].flatMap((same): readonly Trap[] => {
      const [first] = same;
      const places = [...grouped(same, placeOf).values()];
      const copies = places.reduce((sum, [mount]) => sum + (mount?.processes.max ?? 0), 0);
      if (!first || copies < 2) return [];
      const interpreters =
        places.length === 1 ? '' : ` (${counted(places.length, 'interpreter')}, each in all its processes)`;
      return [
        {
          at: scene.place(aliasSubject(scene, first.alias)),
          severity: 'info',
          message: `the top level of ${first.script} runs up to ${copies} times${interpreters}, and again in every process that replaces another`,
          fix: 'guard work that must be done once with something outside of Python, such as a file lock or a row in a database',
        },
      ];
    }),
};

const placeOf = (mount: SceneMount): string => JSON.stringify([mount.processGroup, mount.applicationGroup]);
