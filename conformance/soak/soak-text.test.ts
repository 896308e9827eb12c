import { describe, expect, it } from 'vitest';
import { enduranceText } from './soak-text.ts';

const endured = (ended: number, heap: number) => ({
  reloads: 10,
  replacements: 40,
  requests: 50,
  early: { ended: 20, heap: 11_000_000, descriptors: 45 },
  late: { ended, heap, descriptors: 46 },
  left: { descriptors: [], children: [], timers: [] },
});

describe('what a soak run tells', () => {
  it('divides the growth of the heap by the processes that ended meanwhile', () => {
    expect(enduranceText(endured(60, 11_004_000))).toBe(`  50 requests: 10 reloads, 40 replacements
  heap 11.00 MB after 20 processes, 11.00 MB after 60: 100 bytes each
  descriptors: 45, and 46`);
  });

  it('divides by nothing where it was interrupted before one ended', () => {
    expect(enduranceText(endured(20, 11_004_000))).toContain('11.00 MB after 20\n');
  });
});
