/** Which script aliases are loaded at process start. Source: mod_wsgi 4.9.4, `wsgi_add_script_alias`. */
import type { ScriptAlias } from '../../../spec/deployments/apache.ts';

/** `%{GLOBAL}` is what mod_wsgi keeps as the empty name. */
export const groupName = (written: string): string => (written === '%{GLOBAL}' ? '' : written);

/** The groups an alias is loaded into at start: it must name both, without expansions; null where it is not. */
export function preloadedInto(
  alias: ScriptAlias,
): { readonly processGroup: string; readonly applicationGroup: string } | null {
  const { processGroup, applicationGroup } = alias.settings;
  if (processGroup === undefined || applicationGroup === undefined) return null;
  const groups = { processGroup: groupName(processGroup), applicationGroup: groupName(applicationGroup) };
  if (groups.processGroup.includes('%{') || groups.applicationGroup.includes('%{')) return null;
  return alias.match === 'pattern' && alias.script.includes('$') ? null : groups;
}
