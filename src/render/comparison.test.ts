import { describe, expect, it } from 'vitest';
import { type ComparisonRow, comparisonCount, renderComparison } from './comparison.ts';
import { findingsCount, renderFindings } from './findings.ts';
import { plain } from './palette.ts';

const style = { width: 100, palette: plain };
const rows: readonly ComparisonRow[] = [
  { mount: 'a:80/x', what: 'threads', predicted: '4', observed: '4', verdict: 'agrees' },
  { mount: 'a:80/y', what: 'threads', predicted: '2', observed: '3', verdict: 'differs' },
  {
    mount: 'a:80/x',
    what: 'processes',
    predicted: '2',
    observed: '–',
    verdict: 'not observed',
  },
];

describe('prediction and observation side by side', () => {
  it('is one table for each mount, in the order in which they first appear', () => {
    expect(renderComparison(rows, style)).toBe(`a:80/x
  what       predicted  observed  verdict
  threads    4          4         agrees
  processes  2          –         not observed

a:80/y
  what     predicted  observed  verdict
  threads  2          3         differs`);
  });

  it('is counted by verdict', () => {
    expect(comparisonCount(rows)).toBe('1 agrees, 1 differs, 1 not observed');
    expect(comparisonCount([])).toBe('nothing was compared');
  });
});

describe('the findings of the rules', () => {
  it('begin with what is wrong', () => {
    const text = renderFindings(
      [
        { rule: 'A-1', verdict: 'pass', says: 'All is well.' },
        { rule: 'A-2', verdict: 'not-exercised', says: 'Nothing happened.' },
        { rule: 'A-3', verdict: 'fail', says: 'It broke.' },
        { rule: 'A-4', verdict: 'warn', says: 'It should not.' },
      ],
      style,
    );
    expect(text.split('\n').map((line) => line.trim().split(/\s+/)[1])).toEqual(['rule', 'A-3', 'A-4', 'A-1', 'A-2']);
  });

  it('are counted, and what there is none of is not mentioned', () => {
    expect(findingsCount([{ verdict: 'pass' }, { verdict: 'fail' }, { verdict: 'pass' }])).toBe('2 pass, 1 fail');
    expect(findingsCount([])).toBe('no rule was asked');
  });
});
