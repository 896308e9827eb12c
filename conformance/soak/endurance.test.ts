import { describe, expect, it } from 'vitest';
import { allowedGrowth, type Endured, enduranceComplaints } from './endurance.ts';

type Looked = Pick<Endured, 'early' | 'late' | 'left'>;

/** Flat: nothing is kept and nothing left, except as said. */
const flat = (late: Partial<Endured['late']> = {}, left: Partial<Endured['left']> = {}): Looked => ({
  early: { ended: 1000, heap: 11_000_000, descriptors: 45 },
  late: { ended: 11_000, heap: 11_000_000, descriptors: 45, ...late },
  left: { descriptors: [], children: [], timers: [], ...left },
});

describe('a long life', () => {
  it('is as it should be where the heap is flat, or smaller', () => {
    expect(enduranceComplaints(flat())).toEqual([]);
    expect(enduranceComplaints(flat({ heap: 9_000_000 }))).toEqual([]);
  });

  it('may grow up to its bound', () => {
    const bound = 11_000_000 + allowedGrowth(10_000);
    expect(enduranceComplaints(flat({ heap: bound }))).toEqual([]);
    expect(enduranceComplaints(flat({ heap: bound + 1 }))).toHaveLength(1);
  });

  it('is found out where it keeps an actor of each process', () => {
    expect(enduranceComplaints(flat({ heap: 11_000_000 + 10_000 * 2000 }))[0]).toMatch(
      /^the heap grew by 20000000 bytes/,
    );
  });

  it.each<[string, Looked, RegExp]>([
    ['more and more descriptors', flat({ descriptors: 145 }), /there were 45 descriptors open, and later 145/],
    ['a descriptor', flat({}, { descriptors: ['pipe:[1]'] }), /left open: pipe/],
    ['a process', flat({}, { children: [7] }), /process 7 was left/],
    ['a timer', flat({}, { timers: ['at Monitor.watch'] }), /set at Monitor.watch/],
  ])('is found out where it leaves %s', (_, looked, complaint) => {
    expect(enduranceComplaints(looked)).toEqual([expect.stringMatching(complaint)]);
  });
});
