import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Scenario } from '../../spec/scenario.ts';
import { aPlainServer } from '../../src/simulator/a-worker-deployment.ts';
import { tryOut } from './trial.ts';

const scenario: Scenario = { deployment: aPlainServer(), steps: [] };

/** Servers in which nothing ever happens, of which so many are; then one that is done at once. */
function silentFor(runs: number) {
  let started = 0;
  const world = () => ({
    name: 'a silent server',
    sees: new Set<never>(),
    run: (_: Scenario, signal?: AbortSignal) =>
      ++started > runs
        ? Promise.resolve([])
        : new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  });
  const trying = (signal: AbortSignal) =>
    tryOut({ found: { kind: 'found', version: 'a silent server', world }, scenario, rules: [], seed: 1, signal });
  return { trying, started: () => started };
}

describe('a run in which nothing happens', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [0, null, null, 1],
    [1, null, { shown: 1, of: 2 }, 2],
    [2, 'nothing happened for 60 s, twice', { shown: 2, of: 2 }, 2],
  ])('is tried once more, and then given up, and told: %i of them', async (runs, broke, stuck, of) => {
    const { trying, started } = silentFor(runs);
    const trial = trying(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await trial).toMatchObject({ broke, stuck });
    expect(started()).toBe(of);
  });

  it('ends with the check, and leaves no timer behind', async () => {
    const { trying, started } = silentFor(9);
    const interrupted = new AbortController();
    const trial = expect(trying(interrupted.signal)).rejects.toThrow('interrupted');
    interrupted.abort(new Error('interrupted'));
    await trial;
    await expect(trying(interrupted.signal)).rejects.toThrow('interrupted');
    expect(started()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
