import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childPool } from '../../src/config/apache/child-pool.ts';
import { maxChildren, mpms } from '../deployments/apache.ts';
import { keepLimits } from './limits-at-restart.ts';

const numbers = fc.record({
  ServerLimit: fc.integer({ min: 1, max: 40 }),
  ThreadLimit: fc.integer({ min: 1, max: 80 }),
  ThreadsPerChild: fc.integer({ min: 1, max: 80 }),
  MaxRequestWorkers: fc.integer({ min: 1, max: 4000 }),
  StartServers: fc.integer({ min: 1, max: 40 }),
});
const poolOf = (mpm: (typeof mpms)[number], given: object) => childPool(mpm, new Map(Object.entries(given))).pool;

describe('a restart', () => {
  it('keeps the children within the limits of the start, and leaves alone what fits', () =>
    fc.assert(
      fc.property(fc.constantFrom(...mpms), numbers, numbers, (mpm, first, now) => {
        const [started, read] = [poolOf(mpm, first), poolOf(mpm, now)];
        const { pool } = keepLimits(started, read);
        const { serverLimit, threadLimit, threadsPerChild, maxRequestWorkers } = pool;
        expect([serverLimit, threadLimit]).toEqual([started.serverLimit, started.threadLimit]);
        expect(threadsPerChild).toBeLessThanOrEqual(threadLimit);
        expect(maxChildren(pool)).toBeLessThanOrEqual(serverLimit);
        expect(maxChildren(pool) * threadsPerChild).toBe(maxRequestWorkers);
        expect(pool.startServers).toBeLessThanOrEqual(maxChildren(pool));
        if (read.threadsPerChild <= threadLimit && maxChildren(read) <= serverLimit)
          expect(pool).toEqual({ ...read, serverLimit, threadLimit });
      }),
    ));

  it('says what it does not change', () => {
    const pool = (given: object) => poolOf('event', given);
    expect(keepLimits(pool({ ServerLimit: 4 }), pool({ ServerLimit: 5 })).messages).toEqual([
      'changing ServerLimit to 5 from original value of 4 not allowed during restart',
    ]);
    expect(keepLimits(pool({}), pool({ ThreadsPerChild: 9 })).messages).toEqual([]);
  });
});
