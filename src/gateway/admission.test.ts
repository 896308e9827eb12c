import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission } from './admission.ts';

describe('the workers of the server', () => {
  it('are never more than their number, and every request gets one in the order in which they came', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 40 }), (limit, arrivals) => {
        const admission = new Admission(limit);
        const came: (() => void)[] = [];
        const inside: (() => void)[] = [];
        const order: number[] = [];
        const arrive = (): void => {
          const number = came.length;
          const begin = (): void => {
            inside.push(begin);
            order.push(number);
            expect(inside.length).toBeLessThanOrEqual(limit);
          };
          came.push(begin);
          admission.enter(begin);
        };
        const depart = (): void => {
          const first = inside.shift();
          if (first) admission.leave(first);
        };
        for (const arrives of arrivals)
          if (arrives) arrive();
          else depart();
        while (inside.length > 0) depart();
        expect(order).toEqual(came.map((_, index) => index));
      }),
    ));

  it('are not taken by a request whose client left while it waited', () => {
    const admission = new Admission(1);
    const began: string[] = [];
    const [first, second, third] = ['first', 'second', 'third'].map((name) => () => void began.push(name));
    for (const begin of [first, second, third]) if (begin) admission.enter(begin);
    if (second) admission.leave(second);
    if (first) admission.leave(first);
    expect(began).toEqual(['first', 'third']);
  });
});
