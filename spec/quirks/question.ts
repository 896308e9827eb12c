/** A question that the standard leaves open, or that servers answer differently all the same. */

export interface Question {
  /** In kebab case; never reused. */
  readonly id: string;
  readonly theme: Theme;
  /** Ends in a question mark. */
  readonly asks: string;
  /** What the standards say of it, and where; that they say nothing is an answer as well. */
  readonly source: string;
  /** The rule that asks the same: whoever is warned of the answer need not be told that the rule is broken. */
  readonly rule?: string;
  /** Every answer there is, by its name. */
  readonly answers: Readonly<Record<string, Answer>>;
}

export interface Answer {
  /** A few words, for a table. */
  readonly says: string;
  /** What whoever deploys on such a server must look out for; absent where there is nothing. */
  readonly warns?: string;
}

export const themes = ['errors', 'responses', 'requests', 'environ', 'processes'] as const;
export type Theme = (typeof themes)[number];
