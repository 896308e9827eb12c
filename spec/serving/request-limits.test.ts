import { describe, expect, it } from 'vitest';
import { fromSeconds } from '../vocabulary.ts';
import { allowedTime, plainLimits, unhurried } from './request-limits.ts';

describe('The time that a client has', () => {
  it('grows by one second with each portion of the least rate', () => {
    expect([0, 500, 1000].map((bytes) => allowedTime(plainLimits.body, bytes))).toEqual([20_000, 21_000, 22_000]);
  });

  it('grows to the bound and no further', () => {
    expect(allowedTime(plainLimits.header, 1_000_000)).toBe(40_000);
  });

  it('does not grow where no rate is asked for', () => {
    expect(allowedTime({ initial: fromSeconds(3), max: fromSeconds(0), minRate: 0 }, 1_000_000)).toBe(3000);
  });

  it('has no end where reading has no bound', () => {
    expect(allowedTime(unhurried, 0)).toBeNull();
  });
});
