import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maintainIdle } from './idle-maintenance.ts';

const stock = fc.record({
  idleThreads: fc.nat(500),
  children: fc.nat(50),
  threadsPerChild: fc.integer({ min: 1, max: 64 }),
  maxChildren: fc.integer({ min: 1, max: 50 }),
});
const spare = fc.tuple(fc.nat(200), fc.nat(200)).map(([min, more]) => ({ min, max: min + more }));
const rate = fc.constantFrom(1, 2, 4, 8, 16, 32);

describe('idle maintenance', () => {
  it('never starts children beyond the limit, nor more than 32, nor starts and retires at once', () => {
    fc.assert(
      fc.property(stock, spare, rate, (now, bounds, spawnRate) => {
        const { spawn, retire, spawnRate: next } = maintainIdle(now, bounds, spawnRate);
        expect(spawn).toBeLessThanOrEqual(Math.max(0, now.maxChildren - now.children));
        expect(spawn).toBeLessThanOrEqual(spawnRate);
        expect(spawn * retire).toBe(0);
        expect(retire).toBeLessThanOrEqual(1);
        expect(next).toBe(spawn > 0 ? Math.min(spawnRate * 2, 32) : 1);
      }),
    );
  });

  it('leaves the children alone between the bounds, which belong to it', () => {
    fc.assert(
      fc.property(stock, spare, rate, (now, bounds, spawnRate) => {
        const within = { ...now, idleThreads: Math.min(Math.max(now.idleThreads, bounds.min), bounds.max) };
        expect(maintainIdle(within, bounds, spawnRate)).toEqual({ spawn: 0, retire: 0, spawnRate: 1 });
      }),
    );
  });

  it('keeps the last child however idle it is', () => {
    const alone = { idleThreads: 25, children: 1, threadsPerChild: 25, maxChildren: 16 };
    expect(maintainIdle(alone, { min: 1, max: 10 }, 1).retire).toBe(0);
    expect(maintainIdle({ ...alone, children: 2 }, { min: 1, max: 10 }, 1).retire).toBe(1);
  });
});
