import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../spec/deployment.ts';
import { predict } from '../../spec/predict.ts';
import type { Scenario, Step } from '../../spec/scenario.ts';
import type { Trace } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { compare } from '../../src/judge/comparison.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';

const deployments = anyDeployment({ scripts: ['/srv/one.wsgi', '/srv/two.wsgi'], ports: [8001, 8002] });

/** Asks every mount twice: once by itself, once while the first request is still inside. */
function visit(deployment: Deployment): Scenario {
  const mounts = predict(deployment).mounts.filter(({ answer }) => answer.kind !== 'unanswered');
  const steps = mounts.flatMap(({ host, port, url }, index): Step[] => {
    const to = { host, port, path: url };
    const [first, second] = [requestId(2 * index + 1), requestId(2 * index + 2)];
    return [
      { do: 'hold', request: first, to },
      { do: 'crowd', request: second, to },
      { do: 'release', requests: [first, second] },
    ];
  });
  return { deployment, steps };
}

const contradictions = (deployment: Deployment, trace: Trace) =>
  compare(deployment, predict(deployment), trace).filter(({ verdict }) => verdict === 'differs');

describe('a prediction', () => {
  it('is what the simulator shows, for any deployment and any seed', () =>
    fc.assert(
      fc.property(deployments, fc.nat(), (deployment, seed) => {
        expect(contradictions(deployment, simulate(visit(deployment), { seed }))).toEqual([]);
      }),
      { numRuns: 150 },
    ));

  it('is what real processes, threads and interpreters show, for any deployment', () =>
    fc.assert(
      fc.asyncProperty(deployments, async (deployment) => {
        const trace = await gatewayWorld().run(visit(deployment), AbortSignal.timeout(60_000));
        expect(contradictions(deployment, trace)).toEqual([]);
      }),
      { numRuns: 12, endOnFailure: true },
    ));
});
