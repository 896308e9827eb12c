import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxChildren, mpms } from '../../../spec/deployments/apache.ts';
import { mpmDirectives } from '../../../spec/options/apache-mpm.ts';
import { childPool } from './child-pool.ts';

const numbers = fc.dictionary(
  fc.constantFrom(...mpmDirectives.flatMap(({ name, field }) => (field === null ? [] : [name]))),
  fc.oneof(fc.integer({ min: -3, max: 50 }), fc.integer({ min: -1000, max: 500_000 })),
);
const anyGiven = fc.record({
  mpm: fc.constantFrom(...mpms),
  given: numbers.map((entries) => new Map(Object.entries(entries))),
});

describe('The children', () => {
  it('can always work: at least one of them, with at least one thread, within every limit', () =>
    fc.assert(
      fc.property(anyGiven, ({ mpm, given }) => {
        const { pool } = childPool(mpm, given);
        expect(pool.threadsPerChild).toBeGreaterThanOrEqual(1);
        expect(pool.threadsPerChild).toBeLessThanOrEqual(pool.threadLimit);
        expect(pool.maxRequestWorkers % pool.threadsPerChild).toBe(0);
        expect(maxChildren(pool)).toBe(pool.maxRequestWorkers / pool.threadsPerChild);
        expect(maxChildren(pool)).toBeLessThanOrEqual(pool.serverLimit);
        expect(pool.startServers).toBeGreaterThanOrEqual(1);
        expect(pool.startServers).toBeLessThanOrEqual(maxChildren(pool));
        expect(pool.spare.min).toBeLessThan(pool.spare.max);
      }),
    ));

  it('need no second correction', () =>
    fc.assert(
      fc.property(anyGiven, ({ mpm, given }) => {
        const { pool } = childPool(mpm, given);
        const again = new Map(
          mpmDirectives.flatMap(({ name, field, mpms: theirs }) => {
            if (field === null || !theirs.includes(mpm)) return [];
            if (field === 'spare.min' || field === 'spare.max')
              return [[name, field === 'spare.min' ? pool.spare.min : pool.spare.max] as const];
            return [[name, field === 'gracefulShutdownTimeout' ? pool[field] / 1000 : pool[field]] as const];
          }),
        );
        expect(childPool(mpm, again)).toEqual({ pool, corrections: [] });
      }),
    ));

  it('follow the defaults of their MPM', () => {
    expect(childPool('prefork', new Map()).pool).toMatchObject({
      startServers: 5,
      maxRequestWorkers: 256,
      threadsPerChild: 1,
    });
    expect(childPool('event', new Map()).pool).toMatchObject({
      startServers: 3,
      maxRequestWorkers: 400,
      threadsPerChild: 25,
    });
    expect(childPool('event', new Map())).toMatchObject({ corrections: [], pool: { spare: { min: 75, max: 250 } } });
  });

  it('are fewer than asked for when ThreadsPerChild alone is lowered, since ServerLimit stays', () => {
    const { pool, corrections } = childPool('event', new Map([['ThreadsPerChild', 10]]));
    expect(pool.maxRequestWorkers).toBe(160);
    expect(corrections.map(({ message }) => message)).toEqual([
      'MaxRequestWorkers of 400 would require 40 servers and exceed ServerLimit of 16, decreasing to 160',
    ]);
  });
});
