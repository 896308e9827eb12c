import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApacheDeployment } from '../../spec/deployments/apache.ts';
import { predict } from '../../spec/predict.ts';
import { requestHistories } from '../../spec/rules/histories.ts';
import type { ApacheScenario, Step } from '../../spec/scenario.ts';
import type { Mark, Observation, Trace } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { compare } from '../../src/judge/comparison.ts';
import { situations } from '../../src/probe/situations.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';

const deployments = anyDeployment({ scripts: ['/srv/one.wsgi', '/srv/two.wsgi'], ports: [8001, 8002] });

/** Asks every mount twice: once by itself, once while the first request is still inside. */
function visit(deployment: ApacheDeployment): ApacheScenario {
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

const contradictions = (deployment: ApacheDeployment, trace: Trace) =>
  compare(deployment, predict(deployment), trace).filter(({ verdict }) => verdict === 'differs');

describe('a prediction', () => {
  it('is what the simulator shows, for any deployment and any seed', () =>
    fc.assert(
      fc.property(deployments, fc.nat(), (deployment, seed) => {
        expect(contradictions(deployment, simulate(visit(deployment), { seed }))).toEqual([]);
      }),
      { numRuns: 150 },
    ));

  it('is what the simulator shows when processes are filled, signalled, lost and reloaded', () =>
    fc.assert(
      fc.property(deployments, fc.nat(), (deployment, seed) => {
        expect(contradictions(deployment, simulate(situations(deployment), { seed }))).toEqual([]);
      }),
      { numRuns: 60 },
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

describe('the comparison', () => {
  const lies: Readonly<Record<string, (seen: Observation) => Observation>> = {
    'process group': (seen) => ({ ...seen, processGroup: `${seen.processGroup}x` }),
    'application group': (seen) => ({ ...seen, applicationGroup: `${seen.applicationGroup}x` }),
    'wsgi.multithread': (seen) => ({ ...seen, multithread: !seen.multithread }),
    'wsgi.multiprocess': (seen) => ({ ...seen, multiprocess: !seen.multiprocess }),
    'wsgi.run_once': (seen) => ({ ...seen, runOnce: !seen.runOnce }),
  };

  it.each(Object.keys(lies))('sees it when an application reports another %s than predicted', (what) =>
    fc.assert(
      fc.property(deployments, (deployment) => {
        const trace = simulate(visit(deployment), { seed: 1 });
        const told = trace.map((event) =>
          event.kind === 'observation' ? { ...event, seen: lies[what]?.(event.seen) ?? event.seen } : event,
        );
        const rows = compare(deployment, predict(deployment), told).filter((row) => row.what === what);
        fc.pre(rows.some((row) => row.verdict !== 'not observed'));
        expect(rows.some((row) => row.verdict === 'differs')).toBe(true);
      }),
      { numRuns: 30 },
    ),
  );

  it('sees it when two requests of one process find different globals', () =>
    fc.assert(
      fc.property(deployments, (deployment) => {
        const trace = simulate(visit(deployment), { seed: 1 });
        const asked = requestHistories(trace).flatMap(({ sent, observed }) =>
          observed.map(({ seen }) => JSON.stringify([sent.to, seen.process])),
        );
        fc.pre(new Set(asked).size < asked.length);
        const told = trace.map((event) =>
          event.kind === 'observation'
            ? { ...event, seen: { ...event.seen, scriptGlobals: `${event.seen.scriptGlobals} ${event.seq}` as Mark } }
            : event,
        );
        expect(contradictions(deployment, told).map(({ what }) => what)).toContain("script's globals");
      }),
      { numRuns: 30 },
    ));

  it('sees it when more processes or threads work than there may be', () =>
    fc.assert(
      fc.property(deployments, (deployment) => {
        const trace = simulate(visit(deployment), { seed: 1 });
        const prediction = predict(deployment);
        const fewer = {
          ...prediction,
          mounts: prediction.mounts.map((mount) => ({
            ...mount,
            processes: { ...mount.processes, min: 0, max: 0 },
            threads: 0,
          })),
        };
        const rows = compare(deployment, fewer, trace).filter(({ what }) => what === 'processes' || what === 'threads');
        expect(rows.filter(({ verdict }) => verdict === 'agrees')).toEqual([]);
      }),
      { numRuns: 30 },
    ));
});
