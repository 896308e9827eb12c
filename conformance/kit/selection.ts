/** Which targets and rules a command line means. */
import type { Rule } from '../../spec/rules/rule.ts';
import type { KitTarget } from './target.ts';

export type Selection =
  | { readonly kind: 'chosen'; readonly targets: readonly KitTarget[]; readonly rules: readonly Rule[] }
  /** `message` says what is wrong and, after a line break, how to mend it. */
  | { readonly kind: 'nothing'; readonly message: string };

export interface Choice {
  readonly targets: readonly KitTarget[];
  readonly rules: readonly Rule[];
  /** Ids of targets, each perhaps with `*` at its end. */
  readonly named: readonly string[];
  readonly all: boolean;
  /** Ids of rules or areas, each perhaps with `*` at its end; null is every rule. */
  readonly onlyRules: readonly string[] | null;
}

export function checkSelection({ targets, rules, named, all, onlyRules }: Choice): Selection {
  const ids = targets.map(({ id }) => id);
  if (named.length === 0 && !all)
    return nothing(
      'name a target',
      `wsgiscope check ${ids[0] ?? 'TARGET'}, or --all; wsgiscope list targets shows them`,
    );
  const strange = named.find((name) => !ids.some((id) => matches(name, id)));
  if (strange !== undefined) return nothing(`there is no target ${strange}`, `write one of ${ids.join(', ')}`);
  const oddRule = onlyRules?.find((name) => !rules.some((rule) => matches(name, rule.id) || matches(name, rule.area)));
  if (oddRule !== undefined) return nothing(`there is no rule or area ${oddRule}`, 'wsgiscope list rules shows them');
  return {
    kind: 'chosen',
    targets: all ? targets : targets.filter(({ id }) => named.some((name) => matches(name, id))),
    rules: rules.filter(({ id, area }) => onlyRules?.some((name) => matches(name, id) || matches(name, area)) ?? true),
  };
}

const nothing = (what: string, fix: string): Selection => ({ kind: 'nothing', message: `${what}\nfix: ${fix}` });

const matches = (pattern: string, text: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
