import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdleThreads } from './idle-threads.ts';

const last = (idle: readonly number[]): number | undefined => idle.at(-1);

describe('the idle threads of a process', () => {
  it('are taken last in, first out, and each by one request at a time', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat({ max: 9 })), (count, moves) => {
        const idle = new IdleThreads(count);
        const model = Array.from({ length: count }, (_, index) => count - index);
        const busy: number[] = [];
        for (const move of moves) {
          const [done] = move < 5 ? [] : busy.splice(move % Math.max(1, busy.length), 1);
          if (done === undefined) {
            const taken = idle.take(last);
            expect(taken).toBe(model.pop());
            if (taken !== undefined) busy.push(taken);
          } else {
            idle.giveBack(done);
            model.push(done);
          }
        }
      }),
    ));

  it('may be more than anybody could list', () => {
    const idle = new IdleThreads(Number.MAX_SAFE_INTEGER);
    expect([idle.take(last), idle.take(last)]).toEqual([1, 2]);
    idle.giveBack(1);
    expect(idle.take((all) => all[0])).toBe(3);
    expect(idle.take(last)).toBe(1);
  });
});
