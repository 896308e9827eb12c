import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CheckRecord, countVerdicts } from '../../spec/check-record.ts';
import { aHeader, anyResult } from '../arbitraries/check-results.ts';
import { merged } from './merge.ts';
import { splitByTarget } from './split.ts';

const footer = { kind: 'footer', stale: [], ms: 5, exitCode: 0 } as const;
const isResult = (record: CheckRecord) => record.kind === 'result';

describe('the results of one server', () => {
  it('are all of its own and nothing of the others, and put together again they are the check they came from', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(anyResult, { selector: ({ target, rule }) => `${target} ${rule}`, maxLength: 9 }),
        (results) => {
          const here = new Set(aHeader.targets.filter(({ missing }) => !missing).map(({ id }) => id));
          const known = results.filter(({ target }) => here.has(target));
          const check: CheckRecord[] = [aHeader, ...results, { ...footer, counts: countVerdicts(results) }];
          const parts = splitByTarget(check);
          expect(parts.map(({ target }) => target.id)).toEqual([...here]);
          for (const { target, records } of parts)
            expect(records.filter(isResult)).toEqual(known.filter((result) => result.target === target.id));
          const whole = merged(
            parts.map(({ records }) => records),
            { known: [], strict: false },
          ).filter(isResult);
          expect(whole).toHaveLength(known.length);
        },
      ),
    ));
});
