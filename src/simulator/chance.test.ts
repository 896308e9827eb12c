import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';

const draws = (seed: number): readonly number[] => {
  const chance = new Chance(seed);
  return Array.from({ length: 20 }, () => chance.between(0, 1_000_000));
};

describe('chance', () => {
  it('is the same for one seed and another for another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, other) => {
        expect(draws(seed)).toEqual(draws(seed));
        fc.pre(seed !== other);
        expect(draws(seed)).not.toEqual(draws(other));
      }),
    );
  });

  it('keeps within its bounds and leaves none of several out for ever', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, count) => {
        const chance = new Chance(seed);
        const items = Array.from({ length: count }, (_, index) => index);
        const chosen = new Set(Array.from({ length: 200 }, () => chance.oneOf(items)));
        expect([...chosen].toSorted()).toEqual(items);
        expect(chance.oneOf([])).toBeUndefined();
      }),
    );
  });
});
