import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atoi } from './numbers.ts';

describe('atoi', () => {
  it('reads whole numbers of 32 bits as they are written, whatever follows', () =>
    fc.assert(
      fc.property(fc.integer(), fc.stringMatching(/^(?:\D.*)?$/), (number, behind) => {
        expect(atoi(`${number}${behind}`)).toEqual({ value: number, ignored: behind, overflow: false });
      }),
    ));

  it('keeps the lowest 32 bits of larger ones', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 31n, max: 2n ** 63n - 1n }), (number) => {
        expect(atoi(String(number))).toEqual({ value: Number(BigInt.asIntN(32, number)), ignored: '', overflow: true });
      }),
    ));

  it.each([
    ['abc', 0, 'abc'],
    ['', 0, ''],
    [' 7', 7, ''],
    ['+7', 7, ''],
    ['-7x', -7, 'x'],
    ['+-7', 0, '+-7'],
    ['0x10', 0, 'x10'],
    ['2.5', 2, '.5'],
    // glibc clamps to the largest long, whose lower half is -1.
    ['99999999999999999999', -1, ''],
  ])('reads %j as %d', (text, value, ignored) => expect(atoi(text)).toMatchObject({ value, ignored }));
});
