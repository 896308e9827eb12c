import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DaemonGroup, Deployment } from '../../spec/deployment.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';

const read = (text: string, deployment: Deployment) =>
  readApache({
    file: '/etc/apache2/written.conf',
    text,
    source: filesInMemory({}),
    modWsgi: deployment.server.modWsgi,
  });

const scripts = ['/srv/shop/app.wsgi', '/srv/shop/other.wsgi', '/srv/blog/app.wsgi'] as const;
const deployments = anyDeployment({ scripts: [...scripts], ports: [8001, 8002] });

/** Words that need every kind of quoting. */
const oddWord = fc.oneof(
  fc.constantFrom('', ' ', '"', "'", '\\', 'a b', 'a"b', "'a", 'a\\', '\\"', '<a>', '#a', '%{GROUP}', 'ü'),
  fc.string().filter((text) => !/[\0\n]|\$\{/.test(text)),
);
const seconds = fc.integer({ min: 0, max: 86_400 }).map(fromSeconds);

const oddGroup: fc.Arbitrary<Partial<DaemonGroup>> = fc.record({
  threads: fc.integer({ min: 0, max: 65_533 }),
  requestTimeout: seconds,
  gracefulTimeout: seconds,
  shutdownTimeout: seconds,
  deadlockTimeout: seconds,
  connectTimeout: seconds,
  listenBacklog: fc.nat(),
  displayName: fc.option(oddWord, { nil: null }),
  pythonPath: fc.option(oddWord, { nil: null }),
  pythonHome: fc.option(oddWord, { nil: null }),
  home: fc.option(
    oddWord.map((word) => `/${word}`),
    { nil: null },
  ),
  others: fc.record(
    { lang: oddWord, 'server-metrics': fc.constant('On'), 'stack-size': fc.constant('524288') },
    { requiredKeys: [] },
  ),
});

describe('Writing a deployment as an Apache configuration', () => {
  it('gives a text that is read as the same deployment', () =>
    fc.assert(
      fc.property(deployments, (deployment) => {
        const text = writeApache(deployment);
        const { deployment: again, diagnostics } = read(text, deployment);
        expect(
          diagnostics.filter(({ severity }) => severity === 'error'),
          text,
        ).toEqual([]);
        expect(again, text).toEqual(deployment);
      }),
      { numRuns: 1000 },
    ));

  it('gives the same text again when what was read is written', () =>
    fc.assert(
      fc.property(deployments, (deployment) => {
        const text = writeApache(deployment);
        const { deployment: again } = read(text, deployment);
        expect(again && writeApache(again)).toBe(text);
      }),
    ));

  it('quotes words so that they come back unchanged', () =>
    fc.assert(
      fc.property(deployments, oddGroup, oddWord, (plain, group, word) => {
        const [main, ...virtual] = plain.hosts;
        const deployment: Deployment = {
          ...plain,
          daemons: plain.daemons.map((daemon) => ({ ...daemon, ...group })),
          hosts: [{ ...main, settings: { ...main.settings, env: { 'an env': word } } }, ...virtual],
        };
        const text = writeApache(deployment);
        expect(read(text, deployment).deployment, text).toEqual(deployment);
      }),
      { numRuns: 500 },
    ));

  it('keeps an absent processes apart from processes=1', () => {
    const [deployment] = fc.sample(
      deployments.filter(({ daemons }) => daemons.length > 0),
      { numRuns: 1, seed: 1 },
    );
    const written = (processes: number | null): string =>
      deployment
        ? writeApache({ ...deployment, daemons: deployment.daemons.map((group) => ({ ...group, processes })) })
        : '';
    expect(written(null)).not.toContain('processes=');
    expect(written(1)).toContain(' processes=1');
  });
});
