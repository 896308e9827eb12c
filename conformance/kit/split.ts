/** A check of several targets as one check for each: what is kept of a server is one file, whatever was checked beside it. */
import {
  type CheckedTarget,
  type CheckFooter,
  type CheckHeader,
  type CheckRecord,
  checkExitCode,
  countVerdicts,
  type HistoryRecord,
  type ResultRecord,
  stuckIn,
} from '../../spec/check-record.ts';

export interface CheckOfTarget {
  readonly target: CheckedTarget;
  /** A whole check: header, histories, results, footer. */
  readonly records: readonly CheckRecord[];
}

/** @param records - Of one check, from its header on. Targets that were not here have no check of their own. */
export function splitByTarget(records: readonly CheckRecord[]): readonly CheckOfTarget[] {
  const header = records.find((record): record is CheckHeader => record.kind === 'header');
  if (!header) throw new RangeError('splitByTarget: need a check with its header');
  const whole = records.find((record): record is CheckFooter => record.kind === 'footer');
  return header.targets
    .filter(({ missing }) => missing === undefined)
    .map((target) => {
      const own = <R extends HistoryRecord | ResultRecord>(kind: R['kind']): readonly R[] =>
        records.filter((record): record is R => record.kind === kind && (record as R).target === target.id);
      const histories = own<HistoryRecord>('history');
      const results = own<ResultRecord>('result');
      const stale = (whole?.stale ?? []).filter((entry) => entry.target === target.id);
      const footer: CheckFooter = {
        kind: 'footer',
        counts: countVerdicts(results),
        stale,
        ...stuckIn(histories),
        ms: histories.reduce((sum, { ms }) => sum + ms, 0),
        exitCode: checkExitCode(results, stale, { broke: histories.some(({ broke }) => broke !== null) }),
      };
      return { target, records: [{ ...header, targets: [target] }, ...histories, ...results, footer] };
    });
}
