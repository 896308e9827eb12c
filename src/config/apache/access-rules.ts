/**
 * Adds up what one level says about access: `Require` of mod_authz_core, and `Order`, `Allow`, `Deny` of
 * mod_access_compat. The model knows granted and denied to all; what depends on the client counts as granted.
 */

export type Verdict = 'granted' | 'denied' | 'depends';

/** One Require, or one container of them. */
export interface Rule {
  readonly verdict: Verdict;
  /** `Require not …` and RequireNone. */
  readonly isNegated: boolean;
  /** Inside Limit or LimitExcept: it says nothing about the other methods, and the model leaves it out. */
  readonly isForSomeMethods: boolean;
}

/** What several rules say together. Source: httpd 2.4.x, mod_authz_core.c, `apply_authz_sections`. */
export function combine(how: 'any' | 'all', rules: readonly Rule[]): Verdict {
  const verdicts = rules.flatMap(({ verdict, isNegated, isForSomeMethods }) =>
    isForSomeMethods ? [] : [isNegated ? opposite(verdict) : verdict],
  );
  const decisive = how === 'any' ? 'granted' : 'denied';
  if (verdicts.includes(decisive)) return decisive;
  return verdicts.includes('depends') ? 'depends' : opposite(decisive);
}

const opposite = (verdict: Verdict): Verdict =>
  verdict === 'granted' ? 'denied' : verdict === 'denied' ? 'granted' : 'depends';

export class AccessRules {
  readonly required: Rule[] = [];
  order: 'allow,deny' | 'deny,allow' | null = null;
  readonly allows: ('all' | 'some')[] = [];
  readonly denies: ('all' | 'some')[] = [];

  /** Null where the level says nothing. */
  outcome(): 'granted' | 'denied' | null {
    const verdicts: Verdict[] = [];
    if (this.required.some((rule) => !rule.isForSomeMethods)) verdicts.push(combine('any', this.required));
    if (this.order !== null || this.allows.length > 0 || this.denies.length > 0) verdicts.push(this.#ordered());
    if (verdicts.length === 0) return null;
    return verdicts.includes('denied') ? 'denied' : 'granted';
  }

  /** Source: httpd 2.4.x, mod_access_compat.c, `check_dir_access`. */
  #ordered(): Verdict {
    const nobodyAllowed = this.allows.length === 0;
    const allDenied = this.denies.includes('all');
    if (this.order === 'allow,deny') return nobodyAllowed || allDenied ? 'denied' : 'granted';
    return allDenied && nobodyAllowed ? 'denied' : 'granted';
  }
}
