/**
 * What is known to go against a rule on some server, with the reason. A known finding does not fail a check; one that is no
 * longer found does, so that the list cannot hide what it was not written for.
 */
import * as v from 'valibot';
import type { ResultRecord, StaleEntry } from '../../spec/check-record.ts';

export const knownFindingsSchema = v.array(
  v.strictObject({
    /** A target's id; `*` at its end stands for any rest: `gunicorn-*`. */
    target: v.pipe(v.string(), v.minLength(1)),
    rule: v.pipe(v.string(), v.minLength(1)),
    /** `fail`: it is always found where the rule is exercised. `flaky`: sometimes. */
    verdict: v.picklist(['fail', 'flaky']),
    /** Why, and where it is told at length. */
    because: v.pipe(v.string(), v.minLength(1)),
  }),
);
export type KnownFinding = v.InferOutput<typeof knownFindingsSchema>[number];

/** The reason why this result is known; null where it is not, or where nothing is against the rule. */
export const isKnown = (result: ResultRecord, known: readonly KnownFinding[]): string | null =>
  isAgainst(result) ? (known.find((entry) => covers(entry, result))?.because ?? null) : null;

/** Entries about targets that were checked, whose rule was decided and kept; what is known to be flaky is never stale. */
export const staleEntries = (results: readonly ResultRecord[], known: readonly KnownFinding[]): readonly StaleEntry[] =>
  known.flatMap((entry) => {
    const decided = results.filter(
      (result) => covers(entry, result) && (isAgainst(result) || result.verdict === 'pass'),
    );
    if (entry.verdict === 'flaky' || decided.length === 0 || decided.some(isAgainst)) return [];
    return [{ target: entry.target, rule: entry.rule, because: entry.because }];
  });

const isAgainst = ({ verdict }: ResultRecord): boolean => ['fail', 'warn', 'flaky'].includes(verdict);

/** Whether something is known of a rule on a target. */
export const coversAny = (known: readonly KnownFinding[], target: string, rule: string): boolean =>
  known.some((entry) => covers(entry, { target, rule }));

const covers = ({ target, rule }: KnownFinding, result: Pick<ResultRecord, 'target' | 'rule'>): boolean =>
  rule === result.rule &&
  (target.endsWith('*') ? result.target.startsWith(target.slice(0, -1)) : target === result.target);
