/** What the rules say of a run, for people. */
import type { Palette, TextStyle } from './palette.ts';
import { type Cell, textTable } from './text-table.ts';

/** Every verdict there is; the last two are not the server's. */
export const verdicts = [
  'pass',
  'fail',
  'warn',
  'known-defect',
  'flaky',
  'not-exercised',
  'not-applicable',
  'dependency-failed',
  'harness-failed',
] as const;
export type Verdict = (typeof verdicts)[number];

export interface FindingRow {
  /** The rule's id. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** The rule's sentence, or what went against it. */
  readonly says: string;
}

/**
 * Rule, verdict and sentence. What needs attention comes first; otherwise the order is kept.
 * @returns Lines without a final line break.
 */
export function renderFindings(findings: readonly FindingRow[], style: TextStyle): string {
  const rows = findings
    .toSorted((a, b) => urgency(a.verdict) - urgency(b.verdict))
    .map(({ rule, verdict, says }): readonly (Cell | string)[] => [
      { text: verdict, paint: paintOf(verdict, style.palette) },
      rule,
      says,
    ]);
  return textTable([{ title: 'verdict' }, { title: 'rule' }, { title: 'it says' }], rows, style);
}

/** `9 pass, 1 fail`, in the order of {@link verdicts}; what there is none of is left out. */
export const findingsCount = (findings: readonly Pick<FindingRow, 'verdict'>[]): string =>
  verdicts
    .map((verdict) => ({ verdict, count: findings.filter((finding) => finding.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ') || 'no rule was asked';

const urgency = (verdict: Verdict): number => {
  if (verdict === 'fail' || verdict === 'harness-failed') return 0;
  return verdict === 'pass' || verdict === 'not-exercised' || verdict === 'not-applicable' ? 2 : 1;
};

const paintOf = (verdict: Verdict, palette: Palette): Palette[keyof Palette] => {
  if (verdict === 'pass') return palette.good;
  if (verdict === 'fail' || verdict === 'harness-failed') return palette.bad;
  return verdict === 'not-exercised' || verdict === 'not-applicable' ? palette.dim : palette.warning;
};
