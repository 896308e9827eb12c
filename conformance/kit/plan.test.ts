import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPerforming } from '../../src/probe/pep-situations.ts';
import { apacheOccasions } from '../targets/apache-occasions.ts';
import { targets } from '../targets/targets.ts';
import { planOf } from './plan.ts';
import type { KitTarget } from './target.ts';

/** It draws deployments without any address as well. */
const simulator = targets.find(({ id }) => id === 'simulator') as KitTarget;
const scheduled = (target: KitTarget, options: { seed: number; cases: number }) =>
  [...planOf(target, { ...options, rows: 1 })].filter((planned) => planned.kind === 'scheduled');
const ofWorkers = targets.filter(({ id }) => /^(?:gunicorn|uwsgi|waitress|cheroot)/.test(id));

describe('the histories of a server', () => {
  it('show how it keeps PEP 3333, whatever deployments and however few cases are drawn', () =>
    fc.assert(
      fc.property(fc.constantFrom(...ofWorkers), fc.nat(), fc.constantFrom(0, 1, 25, 60), (target, seed, cases) => {
        expect(scheduled(target, { seed, cases }).some((history) => history.cases.some(isPerforming))).toBe(true);
      }),
      { numRuns: 60 },
    ));

  it('begin with one that is over at once', () =>
    fc.assert(
      fc.property(fc.constantFrom(...targets), fc.nat(), fc.constantFrom(0, 25, 60), (target, seed, cases) => {
        const [first, ...others] = scheduled(target, { seed, cases });
        expect(first?.number).toBe(0);
        expect(first?.cases).toHaveLength(1);
        expect(first?.cases[0]?.steps.every((step) => step.do === 'request' && !step.behave)).toBe(true);
        expect(others.map(({ number }) => number)).toEqual(others.map((_, index) => index + 1));
      }),
      { numRuns: 60, examples: [[simulator, 15, 25]] },
    ));

  it('have those of rare occasions behind all others, where a check is to be thorough', () => {
    const counts: number[] = [];
    for (const target of targets.filter(({ id }) => /^(?:gateway|apache)/.test(id))) {
      const plain = [...planOf(target, { seed: 1, cases: 25, rows: 1 })];
      const thorough = [...planOf(target, { seed: 1, cases: 25, rows: 1, thorough: true })];
      expect(thorough.slice(0, plain.length)).toEqual(plain);
      const more = thorough.slice(plain.length);
      expect(new Set(more.map(({ deployment }) => deployment))).toEqual(new Set(target.rareOccasions));
      counts.push(more.length);
    }
    expect(Math.max(...counts)).toBeGreaterThan(30);
    const ofGateway = targets.flatMap(({ id, rareOccasions = [] }) => (id.startsWith('gateway') ? rareOccasions : []));
    expect(new Set(ofGateway)).toEqual(new Set(apacheOccasions.map(({ deployment }) => deployment)));
  });

  it('are the same whoever else is asked for, and however many follow', () =>
    fc.assert(
      fc.property(fc.constantFrom(...targets), fc.nat(), (target, seed) => {
        const few = scheduled(target, { seed, cases: 25 });
        const many = scheduled(target, { seed, cases: 50 });
        expect(many.slice(0, few.length)).toEqual(few);
      }),
      { numRuns: 20 },
    ));
});
