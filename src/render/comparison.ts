/** Prediction and observation side by side, for `verify`. */
import type { Palette, TextStyle } from './palette.ts';
import { type Cell, textTable } from './text-table.ts';

/** One thing that was predicted and then looked at. Whoever compared fills it in. */
export interface ComparisonRow {
  /** `host:port/url`, or whatever the row is about. */
  readonly mount: string;
  readonly what: string;
  readonly predicted: string;
  readonly observed: string;
  readonly verdict: 'agrees' | 'differs' | 'not observed';
}

/**
 * One table for each mount, in the order of the rows; rows about several mounts stand under their own heading.
 * @returns Lines without a final line break.
 */
export function renderComparison(rows: readonly ComparisonRow[], style: TextStyle): string {
  const subjects = [...new Set(rows.map((row) => row.mount))];
  return subjects
    .map((subject) => {
      const own = rows.filter((row) => row.mount === subject);
      const body = own.map(({ what, predicted, observed, verdict }): readonly (Cell | string)[] => [
        what,
        predicted,
        observed,
        { text: verdict, paint: paintOf(verdict, style.palette) },
      ]);
      const columns = ['what', 'predicted', 'observed', 'verdict'].map((title) => ({ title }));
      return `${style.palette.strong(subject)}\n${textTable(columns, body, style)}`;
    })
    .join('\n\n');
}

/** `12 agree, 1 differs, 2 not observed`; what there is none of is left out. */
export function comparisonCount(rows: readonly ComparisonRow[]): string {
  const count = (verdict: ComparisonRow['verdict']): number => rows.filter((row) => row.verdict === verdict).length;
  const [agree, differ, unseen] = [count('agrees'), count('differs'), count('not observed')];
  const parts = [
    ...(agree > 0 ? [`${agree} ${agree === 1 ? 'agrees' : 'agree'}`] : []),
    ...(differ > 0 ? [`${differ} ${differ === 1 ? 'differs' : 'differ'}`] : []),
    ...(unseen > 0 ? [`${unseen} not observed`] : []),
  ];
  return parts.length === 0 ? 'nothing was compared' : parts.join(', ');
}

const paintOf = (verdict: ComparisonRow['verdict'], palette: Palette): Palette[keyof Palette] =>
  ({ agrees: palette.good, differs: palette.bad, 'not observed': palette.dim })[verdict];
