import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstPace, maintainIdle } from './idle-maintenance.ts';

const stock = fc.record({
  idleThreads: fc.nat(500),
  children: fc.nat(50),
  maxChildren: fc.integer({ min: 1, max: 50 }),
  freeSlots: fc.nat(50),
  mayRetire: fc.boolean(),
});
const spare = fc.tuple(fc.nat(200), fc.nat(200)).map(([min, more]) => ({ min, max: min + more }));
const pace = fc.record({ spawnRate: fc.constantFrom(1, 2, 4, 8, 16, 32), holdOff: fc.nat(10) });

describe('idle maintenance', () => {
  it('never starts children beyond the limit, nor more than 32, nor starts and retires at once', () => {
    fc.assert(
      fc.property(stock, spare, pace, (now, bounds, before) => {
        const { spawn, retire, spawnRate, holdOff } = maintainIdle(now, bounds, before);
        expect(spawn).toBeLessThanOrEqual(Math.max(0, now.maxChildren - now.children));
        expect(spawn).toBeLessThanOrEqual(Math.min(before.spawnRate, now.freeSlots));
        expect(spawn * retire).toBe(0);
        expect(retire).toBeLessThanOrEqual(1);
        const grows = before.holdOff === 0 ? Math.min(before.spawnRate * 2, 32) : before.spawnRate;
        expect(spawnRate).toBe(spawn > 0 ? grows : 1);
        expect(holdOff).toBe(spawn > 0 ? Math.max(0, before.holdOff - 1) : before.holdOff);
      }),
    );
  });

  it('leaves the children alone between the bounds, which belong to it', () => {
    fc.assert(
      fc.property(stock, spare, pace, (now, bounds, before) => {
        const within = { ...now, idleThreads: Math.min(Math.max(now.idleThreads, bounds.min), bounds.max) };
        expect(maintainIdle(within, bounds, before)).toEqual({
          spawn: 0,
          retire: 0,
          spawnRate: 1,
          holdOff: before.holdOff,
        });
      }),
    );
  });

  it('keeps the last child however idle it is', () => {
    const alone = { idleThreads: 25, children: 1, maxChildren: 16, freeSlots: 15, mayRetire: true };
    expect(maintainIdle(alone, { min: 1, max: 10 }, firstPace).retire).toBe(0);
    expect(maintainIdle({ ...alone, children: 2 }, { min: 1, max: 10 }, firstPace).retire).toBe(1);
    expect(maintainIdle({ ...alone, children: 2, mayRetire: false }, { min: 1, max: 10 }, firstPace).retire).toBe(0);
  });
});
