import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rules } from '../../spec/rules/catalogue.ts';
import { happeningKinds } from '../../spec/trace.ts';
import { judge } from '../../src/judge/judge.ts';
import { Asking } from '../../src/probe/situations.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { anyDeployment } from './deployments.ts';
import { anySchedule } from './schedules.ts';

const anyCases = anyDeployment({ scripts: ['/srv/a.wsgi', '/srv/b.wsgi'], ports: [8080] }).chain((deployment) =>
  fc.array(anySchedule(deployment), { minLength: 1, maxLength: 8 }).map((schedules) => {
    const asking = new Asking();
    return { deployment, steps: schedules.flatMap((schedule) => schedule(asking).steps) };
  }),
);

it('can be taken on any deployment of Apache, and no rule has anything against a sound server', () =>
  fc.assert(
    fc.property(anyCases, fc.nat(), (scenario, seed) => {
      const trace = simulate(scenario, { seed });
      const against = judge({ deployment: scenario.deployment, trace }, rules, new Set(happeningKinds)).filter(
        ({ verdict }) => ['fail', 'warn', 'harness-failed'].includes(verdict),
      );
      expect(against.filter(({ rule }) => rule !== 'FLAG-PEP-02')).toEqual([]);
    }),
    { numRuns: 30 },
  ));
