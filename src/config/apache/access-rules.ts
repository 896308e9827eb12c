/**
 * Adds up what one level says about access: `Require` of mod_authz_core, and `Order`, `Allow`, `Deny` of
 * mod_access_compat. The model knows granted and denied to all; what depends on the client counts as granted.
 */

export type Verdict = 'granted' | 'denied' | 'depends';

/** A level or a Require container. Source: httpd 2.4.x, mod_authz_core.c, `apply_authz_sections`. */
export function combine(kind: 'any' | 'all' | 'none', verdicts: readonly Verdict[]): Verdict {
  switch (kind) {
    case 'any':
      return verdicts.includes('granted') ? 'granted' : verdicts.includes('depends') ? 'depends' : 'denied';
    case 'all':
      return verdicts.includes('denied') ? 'denied' : verdicts.includes('depends') ? 'depends' : 'granted';
    case 'none':
      return opposite(combine('any', verdicts));
  }
}

export const opposite = (verdict: Verdict): Verdict =>
  verdict === 'granted' ? 'denied' : verdict === 'denied' ? 'granted' : 'depends';

export class AccessRules {
  readonly required: Verdict[] = [];
  order: 'allow,deny' | 'deny,allow' | null = null;
  readonly allows: ('all' | 'some')[] = [];
  readonly denies: ('all' | 'some')[] = [];

  /** Null where the level says nothing. */
  outcome(): 'granted' | 'denied' | null {
    const verdicts: Verdict[] = [];
    if (this.required.length > 0) verdicts.push(combine('any', this.required));
    if (this.order !== null || this.allows.length > 0 || this.denies.length > 0) verdicts.push(this.#ordered());
    if (verdicts.length === 0) return null;
    return combine('all', verdicts) === 'denied' ? 'denied' : 'granted';
  }

  /** Source: httpd 2.4.x, mod_access_compat.c, `check_dir_access`. */
  #ordered(): Verdict {
    const nobodyAllowed = this.allows.length === 0;
    const allDenied = this.denies.includes('all');
    if (this.order === 'allow,deny') return nobodyAllowed || allDenied ? 'denied' : 'granted';
    return allDenied && nobodyAllowed ? 'denied' : 'granted';
  }
}
