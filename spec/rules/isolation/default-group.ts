/** The application group of a mount that chooses none: one for each server name, port and SCRIPT_NAME. */

import { type MountedEntry, mounted, serverGroups, written } from '../configured.ts';
import type { Entry } from '../histories.ts';
import type { ApacheRun } from '../rule.ts';

/** The entries of mounts without WSGIApplicationGroup, or with `%{RESOURCE}`, which means the same. */
export const defaultGrouped = (run: ApacheRun, entries: readonly Entry[]): readonly MountedEntry[] =>
  mounted(run, entries).filter((entry) => ['%{RESOURCE}', undefined].includes(written(run, entry, 'applicationGroup')));

/**
 * The names that the default group of an entry may have; null where the server guesses its own name. SCRIPT_NAME is in
 * lower case. Source: mod_wsgi 4.9.4, wsgi_script_name.
 */
export const defaultGroupNames = (run: ApacheRun, entry: MountedEntry): readonly string[] | null =>
  serverGroups(run, entry)?.map((server) => `${server}|${scriptNameOf(entry)}`) ?? null;

/** What follows the vertical bar. */
export const scriptNameOf = ({ seen }: Entry): string => seen.scriptName.replace(/\/{2,}/g, '/').toLowerCase();

/** Whether two mounts certainly have different default groups. */
export function haveDifferentGroups(run: ApacheRun, a: MountedEntry, b: MountedEntry): boolean {
  if (scriptNameOf(a) !== scriptNameOf(b)) return true;
  const [namesOfA, namesOfB] = [defaultGroupNames(run, a), defaultGroupNames(run, b)];
  return namesOfA !== null && namesOfB !== null && !namesOfA.some((name) => namesOfB.includes(name));
}
