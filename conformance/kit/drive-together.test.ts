import { describe, expect, it } from 'vitest';
import { ruleById } from '../../spec/rules/catalogue.ts';
import type { World } from '../../spec/world.ts';
import { gatewayWorld } from '../../src/gateway/gateway-world.ts';
import { simulator } from '../../src/simulator/simulator.ts';
import { mutants } from '../mutants/mutants.ts';
import { oneGroup } from '../mutants/stages.ts';
import { driveTogether } from './drive-together.ts';
import type { Driven } from './history.ts';
import type { WorldOptions } from './target.ts';
import { readToken, tokenOf } from './token.ts';
import { tryOut } from './trial.ts';

const model = ruleById('MODEL-01');
if (!model) throw new Error('there is a rule that asks the machines');
const rules = [model];
const never = new AbortController().signal;
const sees = simulator({ seed: 1 }).sees;
const found = (world: (options: WorldOptions) => World, isVirtual?: true) =>
  ({ kind: 'found', version: '1', world, ...(isVirtual && { isVirtual }) }) as const;
const row = (deployment: Driven['deployment'], seed: number): Driven => ({
  kind: 'driven',
  number: 3,
  deployment,
  seed,
});

describe('a server and its model, driven together', () => {
  it('are a history that says nothing against a sound server, and can be taken again', async () => {
    const deployment = oneGroup({ processes: 2, threads: 2 });
    for (let seed = 1; seed <= 10; seed++) {
      const sound = found((options) => simulator(options), true);
      const { history, trial } = await driveTogether(row(deployment, seed), { found: sound, rules, signal: never });
      expect(history).toMatchObject({ number: 3, deployment, cases: [expect.anything()] });
      expect(trial.findings[0]?.verdict).not.toBe('fail');
      expect(trial.broke).toBeNull();
    }
  });

  it.each([
    ['lets two requests at once into a process of one thread', 4],
    ['never ends a process because of its requests', 8],
    ['runs one request more than a daemon process has threads', 6],
  ])('show that a server %s, in at most %i steps that a token replays', async (name, most) => {
    const mutant = mutants.find((one) => one.name === name);
    if (!mutant) throw new Error(`there is no server that ${name}`);
    const { deployment } = mutant.scenario;
    const broken = found(({ seed }) => ({ name, sees, run: async (scenario) => mutant.run(scenario, seed) }), true);
    const shown = [];
    for (let seed = 1; seed <= 30 && shown.length === 0; seed++) {
      const { history, trial } = await driveTogether(row(deployment, seed), { found: broken, rules, signal: never });
      if (trial.findings[0]?.verdict === 'fail') shown.push(history);
    }
    const steps = shown[0]?.cases.flatMap((one) => one.steps) ?? [];
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThanOrEqual(most);
    const replay = readToken(tokenOf({ target: 't', rule: 'MODEL-01', seed: 1, scenario: { deployment, steps } }));
    if (!replay) throw new Error('a token can be read');
    const again = await tryOut({ found: broken, scenario: replay.scenario, rules, seed: replay.seed, signal: never });
    expect(again.findings[0]?.verdict).toBe('fail');
  });

  it('need real processes once for all steps', async () => {
    let started = 0;
    const gateway = found(({ onEvent }) => {
      started++;
      return gatewayWorld({ ...(onEvent && { onEvent }) });
    });
    const { history, trial } = await driveTogether(row(oneGroup({ processes: 1, threads: 2 }), 3), {
      found: gateway,
      rules,
      signal: never,
    });
    expect(started).toBe(1);
    expect(trial.findings[0]?.verdict).toBe('pass');
    expect(history.cases[0]?.steps.length).toBeGreaterThan(1);
  });

  it('end at once where the world breaks, which is told of the world', async () => {
    let started = 0;
    const broken = found(() => {
      started++;
      return { name: 'broken', sees, run: () => Promise.reject(new Error('no room for a socket')) };
    });
    const { trial } = await driveTogether(row(oneGroup({ processes: 1, threads: 2 }), 3), {
      found: broken,
      rules,
      signal: never,
    });
    expect(trial.broke).toBe('no room for a socket');
    expect(started).toBe(1);
  });

  it('end with the check', async () => {
    const interrupted = new AbortController();
    const silent = found(() => ({
      name: 'silent',
      sees,
      run: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          interrupted.abort(new Error('interrupted'));
        }),
    }));
    await expect(
      driveTogether(row(oneGroup({ processes: 1, threads: 2 }), 3), {
        found: silent,
        rules,
        signal: interrupted.signal,
      }),
    ).rejects.toThrow('interrupted');
  });
});
