import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHeader, anyResult } from '../../conformance/arbitraries/check-results.ts';
import { resultsPage } from './results-page.ts';

describe('the page of kept results', () => {
  it('has a row for each check and one for everything that is against a rule, whatever servers sent', () =>
    fc.assert(
      fc.property(fc.array(fc.array(anyResult, { maxLength: 6 }), { minLength: 1, maxLength: 3 }), (checks) => {
        const page = resultsPage(
          checks.map((results, index) => [
            { ...aHeader, targets: [{ id: `target-${index}`, title: 'a', version: '1.0' }] },
            ...results,
          ]),
        );
        const rows = page.split('\n').filter((line) => line.startsWith('| '));
        const against = checks
          .flat()
          .filter(({ verdict }) => ['fail', 'flaky', 'warn', 'harness-failed'].includes(verdict));
        // Two heads with their rules under them; what servers share is told once.
        const told = new Set(
          against.map(({ rule, verdict, detail }) =>
            [rule, verdict, detail.known ?? detail.evidence[0]?.says, detail.known === null].join('\n'),
          ),
        );
        expect(rows).toHaveLength(checks.length + told.size + 4);
      }),
    ));
});
