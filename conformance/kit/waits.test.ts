import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targets } from '../targets/targets.ts';
import type { Case } from './history.ts';
import { planOf } from './plan.ts';
import { partsOf, waitOf } from './waits.ts';

const anyTarget = fc.constantFrom(...targets);
const slow: Case = {
  name: 'a script is touched',
  steps: [{ do: 'act', act: { kind: 'touch', script: '/srv/a.wsgi' } }],
};

describe('the parts of a row of cases', () => {
  it('are all of it, in order, and no part begins where only the case before could have brought it', () =>
    fc.assert(
      fc.property(anyTarget, fc.nat(), (target, seed) => {
        const histories = [...planOf(target, { seed, cases: 50, rows: 0 })].filter(
          (planned) => planned.kind === 'scheduled',
        );
        const cases = histories.flatMap((history) => history.cases);
        for (const { deployment } of histories) {
          const parts = partsOf(deployment, cases);
          expect(parts.flat()).toEqual(cases);
          expect(parts.slice(1).some(([first]) => first?.continues)).toBe(false);
        }
      }),
      { numRuns: 20 },
    ));

  it('are one where nothing is waited for, and several where much is', () => {
    const [apache] = fc.sample(targets.find(({ id }) => id === 'gateway-daemon')?.deployments ?? fc.constant(null), {
      numRuns: 1,
      seed: 1,
    });
    if (!apache) throw new Error('there is a gateway');
    const quick: Case = { name: 'nothing', steps: [] };
    expect(partsOf(apache, Array(40).fill(quick))).toHaveLength(1);
    const parts = partsOf(apache, Array(40).fill(slow));
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) expect(part.length * waitOf(apache, slow)).toBeLessThanOrEqual(20_000);
    const chained = Array(40).fill({ ...slow, continues: true });
    expect(partsOf(apache, chained)).toHaveLength(1);
  });
});
