import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modWsgiReleases } from '../../spec/deployments/apache.ts';
import type { ApacheScenario } from '../../spec/scenario.ts';
import { eventsOf, happeningKinds } from '../../spec/trace.ts';
import { situations } from '../../src/probe/situations.ts';
import { timeline } from '../../src/render/timeline.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { simulator } from '../../src/simulator/simulator.ts';
import { contradictions, survivors } from '../adapters/lives.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';

/** Every situation that rules ask for, in any deployment. */
const anyScenario: fc.Arbitrary<ApacheScenario> = fc
  .constantFrom(...modWsgiReleases)
  .chain((modWsgi) => anyDeployment({ scripts: ['/srv/one.wsgi', '/srv/two.wsgi'], ports: [8080, 80], modWsgi }))
  .map(situations);

describe('the simulator as a world', () => {
  it('leaves one trace for one seed, byte for byte, whatever it simulated in between', () =>
    fc.assert(
      fc.property(anyScenario, anyScenario, fc.nat(), (scenario, other, seed) => {
        const before = JSON.stringify(simulate(scenario, { seed }));
        simulate(other, { seed });
        expect(JSON.stringify(simulate(scenario, { seed }))).toBe(before);
      }),
      { numRuns: 40 },
    ));

  it('tells another seed by its chances, and never by how a request of a scenario without accidents ends', () =>
    fc.assert(
      fc.property(
        anyDeployment({ scripts: ['/srv/one.wsgi'], ports: [80] }),
        fc.nat(),
        fc.nat(),
        (deployment, a, b) => {
          fc.pre(a !== b);
          const steps = situations(deployment).steps.filter((step) => step.do === 'request' && !step.behave);
          const [one, other] = [a, b].map((seed) => simulate({ deployment, steps }, { seed }));
          expect(JSON.stringify(one)).not.toBe(JSON.stringify(other));
          const statuses = [one, other].map((trace) =>
            eventsOf(trace ?? [], 'request.finished').map(({ request, status }) => [request, status]),
          );
          expect(statuses[0]).toEqual(statuses[1]);
        },
      ),
      { numRuns: 40 },
    ));

  it('can be drawn, within any width', () =>
    fc.assert(
      fc.property(anyScenario, fc.nat(), fc.integer({ min: 60, max: 200 }), (scenario, seed, width) => {
        const lines = timeline(simulate(scenario, { seed }), { width }).split('\n');
        expect(lines.filter((line) => [...line].length > width)).toEqual([]);
      }),
      { numRuns: 40 },
    ));

  it('shows each process from outside before anything is seen in it, until it is gone', () =>
    fc.assert(
      fc.property(anyScenario, fc.nat(), (scenario, seed) => {
        const trace = simulate(scenario, { seed });
        expect(contradictions(trace)).toEqual([]);
        expect(eventsOf(trace, 'process.appeared').length).toBe(eventsOf(trace, 'process.spawned').length);
        expect(survivors(trace)).toEqual(new Set());
      }),
      { numRuns: 40 },
    ));

  it('answers as worlds do: with the trace, seeing everything, and not at all once it was called off', async () => {
    const world = simulator({ seed: 5 });
    const [scenario] = fc.sample(anyScenario, { seed: 5, numRuns: 1 });
    if (!scenario) throw new Error('there is always a scenario');
    expect([world.name, [...world.sees]]).toEqual(['simulator', [...happeningKinds]]);
    expect(await world.run(scenario)).toEqual(simulate(scenario, { seed: 5 }));
    await expect(world.run(scenario, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
