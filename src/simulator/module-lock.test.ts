import { describe, expect, it } from 'vitest';
import { ModuleLock } from './module-lock.ts';

describe('the module lock', () => {
  it('lets one in at a time, first come first served', () => {
    const lock = new ModuleLock();
    const entered: string[] = [];
    const leaves: (() => void)[] = [];
    const come = (name: string): void =>
      lock.acquire((leave) => {
        entered.push(name);
        leaves.push(leave);
      });
    for (const name of ['a', 'b', 'c']) come(name);
    expect(entered).toEqual(['a']);
    leaves[0]?.();
    expect(entered).toEqual(['a', 'b']);
    come('d');
    leaves[1]?.();
    leaves[2]?.();
    leaves[3]?.();
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
    come('e');
    expect(entered.at(-1)).toBe('e');
  });
});
