import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHeader, anyResult } from '../../conformance/arbitraries/check-results.ts';
import type { ResultRecord } from '../../spec/check-record.ts';
import { checkBadge, checkMarkdown } from './check-summary.ts';

const anyResults = fc.array(anyResult, { maxLength: 12 });
const badge = (results: readonly ResultRecord[]) => JSON.parse(checkBadge(results));

describe('the Markdown of a check', () => {
  it('has a row for each target with as many cells as the head, whatever servers sent', () =>
    fc.assert(
      fc.property(anyResults, (results) => {
        const [table = ''] = checkMarkdown(aHeader.targets, results).split('\n\n');
        const rows = table.trimEnd().split('\n');
        expect(rows).toHaveLength(2 + aHeader.targets.length);
        const cells = rows.map((row) => row.replaceAll('\\|', '').split('|').length);
        expect(new Set(cells).size).toBe(1);
      }),
    ));

  it('lists what is against a rule, one line each', () =>
    fc.assert(
      fc.property(anyResults, (results) => {
        const against = results.filter(({ verdict }) => ['fail', 'flaky', 'harness-failed'].includes(verdict));
        const lines = checkMarkdown(aHeader.targets, results).split('\n');
        expect(lines.filter((line) => line.startsWith('- **'))).toHaveLength(against.length);
        expect(lines).toHaveLength(3 + aHeader.targets.length + (against.length > 0 ? 1 + against.length : 0));
      }),
    ));
});

describe('the badge of a check', () => {
  it('is what shields.io reads, red only when a rule is broken and nobody knew', () =>
    fc.assert(
      fc.property(anyResults, (results) => {
        const { schemaVersion, label, message, color } = badge(results);
        expect({ schemaVersion, label }).toEqual({ schemaVersion: 1, label: 'WSGI rules' });
        expect(message).not.toBe('');
        const isBroken = results.some(({ verdict, detail }) => verdict === 'fail' && detail.known === null);
        expect(color === 'red').toBe(isBroken);
      }),
    ));

  it('is no praise where nothing was decided', () => {
    expect(badge([])).toMatchObject({ message: 'nothing decided', color: 'lightgrey' });
  });
});
