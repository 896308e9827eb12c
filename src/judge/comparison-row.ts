/** One line of a comparison: what was predicted beside what was seen. */

export interface ComparisonRow {
  /** `host:port/url`, or whatever else the row is about. */
  readonly mount: string;
  readonly what: string;
  readonly predicted: string;
  readonly observed: string;
  readonly verdict: 'agrees' | 'differs' | 'not observed';
}

export function rowOf(
  mount: string,
  what: string,
  predicted: string,
  observed: string | null,
  agrees = predicted === observed,
): ComparisonRow {
  if (observed === null) return { mount, what, predicted, observed: '–', verdict: 'not observed' };
  return { mount, what, predicted, observed, verdict: agrees ? 'agrees' : 'differs' };
}

export const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** All values seen, where they differ; null where none was. */
export const together = (values: readonly string[]): string | null =>
  values.length === 0 ? null : distinct(values).join(' and ');
