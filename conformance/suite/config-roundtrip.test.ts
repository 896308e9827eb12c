import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApacheDeployment, DaemonGroup } from '../../spec/deployments/apache.ts';
import { type ReadTimeout, type RequestLimits, unhurried } from '../../spec/serving/request-limits.ts';
import type { ServerSurroundings } from '../../spec/serving/surroundings.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';

const read = (text: string, deployment: ApacheDeployment) =>
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
  user: fc.constantFrom(null, 'www-data', '#33'),
  group: fc.constantFrom(null, 'www-data', '#33'),
  supplementaryGroups: fc.option(oddWord, { nil: null }),
  umask: fc.constantFrom(null, '022', '0', '777'),
  lang: fc.option(oddWord, { nil: null }),
  locale: fc.option(oddWord, { nil: null }),
  pythonEggs: fc.option(oddWord, { nil: null }),
  stackSize: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: null }),
  cpuPriority: fc.integer({ min: -20, max: 19 }),
  memoryLimit: fc.maxSafeNat(),
  virtualMemoryLimit: fc.maxSafeNat(),
  others: fc.record(
    {
      'script-user': fc.constant('#33'),
      'server-metrics': fc.constant('On'),
      'send-buffer-size': fc.constant('524288'),
    },
    { requiredKeys: [] },
  ),
});

/** Apache takes no empty word for the one argument of a directive. */
const oddArgument = oddWord.filter((word) => word !== '');
const oddServer: fc.Arbitrary<ServerSurroundings> = fc.record({
  user: fc.constantFrom(null, 'www-data', '#33'),
  group: fc.constantFrom(null, 'www-data', '#33'),
  pythonHome: fc.option(oddArgument, { nil: null }),
  pythonPath: fc.option(oddArgument, { nil: null }),
  pythonEggs: fc.option(oddArgument, { nil: null }),
  pythonOptimize: fc.nat(2),
  destroyInterpreter: fc.boolean(),
  gil: fc.constant([]),
  pythonHashSeed: fc.constantFrom(null, 'random', '0', '4294967295'),
  pythonWarnings: fc.array(oddArgument, { maxLength: 2 }),
  dontWriteBytecode: fc.boolean(),
  lazyInitialization: fc.boolean(),
  restrictStdin: fc.boolean(),
  restrictStdout: fc.boolean(),
  restrictSignal: fc.boolean(),
  socketRotation: fc.boolean(),
});

const readTimeout: fc.Arbitrary<ReadTimeout> = fc.oneof(
  fc.record({ initial: seconds, max: fc.constant(fromSeconds(0)), minRate: fc.nat(5000) }),
  fc.record({
    initial: fc.integer({ min: 1, max: 20 }).map(fromSeconds),
    max: fc.integer({ min: 21, max: 60 }).map(fromSeconds),
    minRate: fc.integer({ min: 1, max: 5000 }),
  }),
);
const oddLimits: fc.Arbitrary<RequestLimits> = fc
  .record({
    line: fc.nat(20_000),
    fieldSize: fc.nat(20_000),
    fields: fc.nat(200),
    timeout: seconds,
    header: readTimeout,
    body: readTimeout,
  })
  // A server that hurries nobody has no mod_reqtimeout, and then there is nothing to write.
  .map((limits) =>
    limits.header.initial + limits.body.initial > 0 ? limits : { ...limits, header: unhurried, body: unhurried },
  );

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
      fc.property(deployments, oddGroup, oddServer, oddWord, (plain, group, surroundings, word) => {
        const [main, ...virtual] = plain.hosts;
        const deployment: ApacheDeployment = {
          ...plain,
          surroundings,
          daemons: plain.daemons.map((daemon) => ({ ...daemon, ...group })),
          hosts: [{ ...main, settings: { ...main.settings, env: { 'an env': word } } }, ...virtual],
        };
        const text = writeApache(deployment);
        expect(read(text, deployment).deployment, text).toEqual(deployment);
      }),
      { numRuns: 500 },
    ));

  it('keeps what clients may send, and how slowly', () =>
    fc.assert(
      fc.property(deployments, oddLimits, (plain, limits) => {
        const deployment: ApacheDeployment = { ...plain, limits };
        const text = writeApache(deployment);
        expect(read(text, deployment).deployment, text).toEqual(deployment);
      }),
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
