import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPerforming } from '../../src/probe/pep-situations.ts';
import { targets } from '../targets/targets.ts';
import { historyCount, historyOf } from './plan.ts';

const ofWorkers = targets.filter(({ id }) => /^(?:gunicorn|uwsgi|waitress|cheroot)/.test(id));

describe('the histories of a server', () => {
  it('show how it keeps PEP 3333, whatever deployments and however few cases are drawn', () =>
    fc.assert(
      fc.property(fc.constantFrom(...ofWorkers), fc.nat(), fc.constantFrom(0, 1, 25, 60), (target, seed, cases) => {
        const options = { seed, cases };
        const histories = Array.from({ length: historyCount(target, options) }, (_, number) =>
          historyOf(target, number, options),
        );
        expect(histories.some((history) => history.cases.some(isPerforming))).toBe(true);
      }),
      { numRuns: 60 },
    ));
});
