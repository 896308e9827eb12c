/** The groups that sections and server levels choose in plain words, for the requests that reached an application. */
import {
  byDirectives,
  type GroupSetting,
  groupSettings,
  literalGroup,
  type MountedEntry,
  mounted,
} from '../configured.ts';
import { entriesOf } from '../histories.ts';
import type { ApacheRun } from '../rule.ts';

/** One directive that decides one request, because its alias says nothing. */
export interface Choice {
  readonly entry: MountedEntry;
  readonly setting: GroupSetting;
  /** The value that holds after merging, as written, and the group it names. */
  readonly expected: { readonly written: string; readonly group: string };
}

/** Every choice of a run; a value that must be expanded is left to the rules about expansions. */
export const choices = (run: ApacheRun): readonly Choice[] =>
  mounted(run, entriesOf(run.trace)).flatMap((entry) =>
    groupSettings.flatMap((setting): readonly Choice[] => {
      if (entry.mount.alias.settings[setting] !== undefined) return [];
      const value = byDirectives(run, entry, setting);
      const group = value === undefined ? null : literalGroup(value);
      return value === undefined || group === null ? [] : [{ entry, setting, expected: { written: value, group } }];
    }),
  );
