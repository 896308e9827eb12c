/** Puts the records of several checks together: parts of one that were run on several machines, or checks of other targets. */
import {
  type CheckedTarget,
  type CheckFooter,
  type CheckHeader,
  type CheckRecord,
  type CheckVerdict,
  checkExitCode,
  countVerdicts,
  type HistoryRecord,
  type ResultRecord,
  stuckIn,
} from '../../spec/check-record.ts';
import { isKnown, type KnownFinding, staleEntries } from './known.ts';

export interface MergeOptions {
  readonly known: readonly KnownFinding[];
  readonly strict: boolean;
}

/**
 * One check out of many. Of two results for one target and rule the one that tells more stands: what is against the rule before what
 * keeps it, and that before what decided nothing.
 * @param checks - The records of each check, at least one, each beginning with its header.
 */
export function merged(
  checks: readonly (readonly CheckRecord[])[],
  { known, strict }: MergeOptions,
): readonly CheckRecord[] {
  const records = checks.flat();
  const headers = records.filter((record): record is CheckHeader => record.kind === 'header');
  const [first] = headers;
  if (!first) throw new RangeError('merged: need at least one check with its header');
  const { shard: _, ...header } = first;
  const targets = new Map<string, CheckedTarget>();
  // A machine that has the server knows more of it than one that lacks it.
  for (const target of headers.flatMap((one) => one.targets))
    if ((targets.get(target.id)?.version ?? null) === null) targets.set(target.id, target);
  const results = mergedResults(records.filter((record): record is ResultRecord => record.kind === 'result')).map(
    (result) => ({
      ...result,
      detail: { ...result.detail, known: isKnown(result, known) },
    }),
  );
  const histories = records.filter((record): record is HistoryRecord => record.kind === 'history');
  const stale = staleEntries(results, known);
  const footer: CheckFooter = {
    kind: 'footer',
    counts: countVerdicts(results),
    stale,
    ...stuckIn(histories),
    ms: records.reduce((sum, record) => sum + (record.kind === 'footer' ? record.ms : 0), 0),
    exitCode: checkExitCode(results, stale, {
      strict,
      broke: histories.some(({ broke }) => broke !== null),
    }),
  };
  return [{ ...header, targets: [...targets.values()] }, ...histories, ...results, footer];
}

/** By how much a verdict tells: the kit's own failure hides nothing, and nothing hides it. */
const weight: Readonly<Record<CheckVerdict, number>> = {
  'harness-failed': 7,
  fail: 6,
  flaky: 5,
  warn: 4,
  'dependency-failed': 3,
  pass: 2,
  'not-exercised': 1,
  'not-applicable': 0,
};

function mergedResults(results: readonly ResultRecord[]): readonly ResultRecord[] {
  const byCell = new Map<string, ResultRecord>();
  for (const result of results) {
    const key = `${result.target} ${result.rule}`;
    const before = byCell.get(key);
    if (!before) byCell.set(key, result);
    else {
      const [more, less] = weight[result.verdict] > weight[before.verdict] ? [result, before] : [before, result];
      const exercised = more.detail.exercised + less.detail.exercised;
      byCell.set(key, { ...more, detail: { ...more.detail, exercised } });
    }
  }
  return [...byCell.values()];
}
