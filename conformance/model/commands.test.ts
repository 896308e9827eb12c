import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../spec/deployment.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { anyGunicorn, anyUwsgi } from '../arbitraries/worker-deployments.ts';
import { requestsOf } from '../kit/history.ts';
import { mutants } from '../mutants/mutants.ts';
import { oneGroup } from '../mutants/stages.ts';
import { modelRun } from './commands.ts';
import { live, repeated } from './session.ts';

const anyOfAll: fc.Arbitrary<Deployment> = fc.oneof(
  anyDeployment({ scripts: ['/srv/a.wsgi', '/srv/b.wsgi'], ports: [8080, 80] }),
  anyGunicorn({ workerClass: 'gthread' }),
  anyUwsgi({ about: 'processes' }),
);

describe('a server and the model, driven together', () => {
  it('agree on whatever the model says is possible, on any deployment of a sound server', () =>
    fc.assert(
      fc.asyncProperty(anyOfAll, fc.nat(), async (deployment, seed) => {
        const start = () => repeated((steps) => simulate({ deployment, steps }, { seed }));
        expect(await modelRun(deployment, start, { seed, runs: 4, most: 12 })).toBeNull();
      }),
      { numRuns: 15 },
    ));

  it.each([
    ['lets two requests at once into a process of one thread', 4],
    ['ignores SIGHUP', 4],
    ['reloads when its script is touched, as mod_wsgi does', 6],
    ['never ends a process because of its requests', 8],
    ['keeps its daemon processes at a restart of the server', 8],
    ['runs one request more than a daemon process has threads', 6],
  ])('differ where a server %s, which %i steps show', async (name, most) => {
    const mutant = mutants.find((one) => one.name === name);
    if (!mutant) throw new Error(`there is no server that ${name}`);
    const { deployment } = mutant.scenario;
    const start = () => repeated((steps) => mutant.run({ deployment, steps }, 7));
    const found = await modelRun(deployment, start, { seed: 7, runs: 60 });
    expect(found?.says).toMatch(/process/);
    expect(found?.steps.length).toBeLessThanOrEqual(most);
    expect(new Set(found?.steps.flatMap(requestsOf)).size).toBeGreaterThan(0);
  });

  it('agree on real processes, which take one step at a time', async () => {
    const deployment = oneGroup({ processes: 2, threads: 2 });
    const start = () => live(deployment, (onEvent) => gatewayWorld({ onEvent }));
    expect(await modelRun(deployment, start, { seed: 3, runs: 3, most: 10 })).toBeNull();
  });
});
