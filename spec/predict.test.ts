import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApacheDeployment,
  type DaemonGroup,
  type Host,
  type ModWsgiRelease,
  type Mpm,
  noFiles,
  type ScriptAlias,
  type Section,
} from './deployments/apache.ts';
import { defaultGroup } from './deployments/defaults.ts';
import { degrees } from './predict/sharing.ts';
import { type PredictedMount, predict } from './predict.ts';
import { mountName } from './routing/mounts.ts';
import { route } from './routing/route.ts';
import { plainLimits } from './serving/request-limits.ts';
import { plainServer } from './serving/surroundings.ts';
import { fromSeconds } from './vocabulary.ts';

const daemon = (name: string, more: Partial<DaemonGroup> = {}): DaemonGroup => ({
  name,
  host: 0,
  ...defaultGroup,
  ...more,
});
const alias = (url: string, script: string, settings: ScriptAlias['settings'] = {}): ScriptAlias => ({
  match: 'prefix',
  url,
  script,
  settings,
});
const host = (scriptAliases: readonly ScriptAlias[], more: Partial<Host> = {}): Host => ({
  serverName: 'example.org',
  serverPort: null,
  serverAliases: [],
  addresses: [],
  scriptAliases,
  files: noFiles,
  settings: {},
  sections: [],
  ...more,
});
interface Given {
  readonly aliases?: readonly ScriptAlias[];
  readonly daemons?: readonly DaemonGroup[];
  readonly sections?: readonly Section[];
  readonly mpm?: Mpm;
  readonly modWsgi?: ModWsgiRelease;
  readonly ports?: readonly number[];
  readonly children?: Partial<ApacheDeployment['children']>;
  readonly more?: Partial<ApacheDeployment>;
}
function deployment(given: Given): ApacheDeployment {
  const mpm = given.mpm ?? 'event';
  return {
    kind: 'apache',
    server: { mpm, modWsgi: given.modWsgi ?? '4.9' },
    listens: (given.ports ?? [80]).map((port) => ({ address: '*', port })),
    children: {
      ...(mpm === 'prefork'
        ? { startServers: 5, threadsPerChild: 1, maxRequestWorkers: 256, serverLimit: 256, threadLimit: 1 }
        : { startServers: 2, threadsPerChild: 25, maxRequestWorkers: 150, serverLimit: 16, threadLimit: 64 }),
      spare: mpm === 'prefork' ? { min: 5, max: 10 } : { min: 25, max: 75 },
      maxConnectionsPerChild: 0,
      listenBacklog: 511,
      gracefulShutdownTimeout: fromSeconds(0),
      ...given.children,
    },
    daemons: given.daemons ?? [],
    hosts: [host(given.aliases ?? [], { sections: given.sections ?? [] })],
    preloads: [],
    restrictEmbedded: false,
    surroundings: plainServer,
    limits: plainLimits,
    ...given.more,
  };
}
const only = (given: Given): PredictedMount => {
  const [mount, ...others] = predict(deployment(given)).mounts;
  if (!mount || others.length > 0) throw new Error('the test wants one mount');
  return mount;
};

/** Deployments in which groups, interpreters, scripts and URLs overlap. */
const anyDeployment = fc
  .record({
    mpm: fc.constantFrom('prefork', 'worker', 'event'),
    modWsgi: fc.constantFrom('4.9', '5', '6'),
    ports: fc.uniqueArray(fc.constantFrom(80, 8080, 8081), { minLength: 1 }),
    daemons: fc
      .uniqueArray(fc.constantFrom('one', 'two', 'three'))
      .chain((names) =>
        fc.tuple(
          ...names.map((name) =>
            fc.record({
              name: fc.constant(name),
              processes: fc.constantFrom(null, 1, 2, 3),
              threads: fc.integer({ min: 0, max: 4 }),
              maximumRequests: fc.constantFrom(0, 1, 3),
            }),
          ),
        ),
      )
      .map((groups) => groups.map((group) => daemon(group.name, group))),
    aliases: fc.array(
      fc.record({
        url: fc.constantFrom('/', '/a', '/a/b', '/A', '/c/'),
        script: fc.constantFrom('/srv/x.wsgi', '/srv/y.wsgi'),
        settings: fc.record(
          {
            processGroup: fc.constantFrom('', 'one', 'two', 'nowhere'),
            applicationGroup: fc.constantFrom('%{GLOBAL}', 'shared', '%{SERVER}', '%{RESOURCE}'),
          },
          { requiredKeys: [] },
        ),
      }),
      { maxLength: 4 },
    ),
    sections: fc.array(
      fc.record({
        pattern: fc.constantFrom('/a', '/a/b', '/d'),
        processGroup: fc.constantFrom('one', 'two'),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ aliases, sections, ...given }) =>
    deployment({
      ...given,
      aliases: aliases.map(({ url, script, settings }) => alias(url, script, settings)),
      sections: sections.map(({ pattern, processGroup }) => ({
        kind: 'location',
        match: 'exact',
        pattern,
        within: null,
        settings: { processGroup },
      })),
    }),
  );

describe('the prediction', () => {
  it('names each mount once and tells of it what a request to it is routed to', () => {
    fc.assert(
      fc.property(anyDeployment, (given) => {
        const { mounts } = predict(given);
        expect(new Set(mounts.map(mountName)).size).toBe(mounts.length);
        for (const mount of mounts) {
          const to = route(given, { host: mount.host, port: mount.port, path: mount.url });
          if (to.kind === 'unmapped') throw new Error(`${mount.url} is a mount and reaches nothing`);
          const { script, processGroup, applicationGroup } = to.mount;
          expect(mount).toMatchObject({ script, processGroup, applicationGroup });
          expect(mount.answer.kind === 'refused').toBe(to.kind === 'refused');
        }
      }),
    );
  });

  it('gives processes and threads exactly to the mounts that an application answers', () => {
    fc.assert(
      fc.property(anyDeployment, (given) => {
        for (const { answer, processes, threads } of predict(given).mounts) {
          expect(threads > 0 && processes.max > 0).toBe(answer.kind === 'application');
          expect(processes.min).toBeLessThanOrEqual(processes.max);
        }
      }),
    );
  });

  it('tells of each pair of mounts once what they share, and sharing more includes sharing less', () => {
    fc.assert(
      fc.property(anyDeployment, (given) => {
        const { mounts, sharing } = predict(given);
        expect(sharing).toHaveLength((mounts.length * (mounts.length - 1)) / 2);
        const shares = (a: PredictedMount, b: PredictedMount): number =>
          a === b
            ? 0
            : degrees.indexOf(
                sharing.find(
                  (pair) => [pair.a, pair.b].includes(mountName(a)) && [pair.a, pair.b].includes(mountName(b)),
                )?.shares ?? 'nothing',
              );
        const answered = mounts.filter((mount) => mount.answer.kind === 'application');
        // Each degree is an equivalence: what a has in common with b and b with c, a has in common with c.
        for (const a of answered)
          for (const b of answered)
            for (const c of answered) expect(shares(a, c)).toBeLessThanOrEqual(Math.max(shares(a, b), shares(b, c)));
      }),
    );
  });

  it('lets the endings speak of mounts that exist and are answered, each cause once', () => {
    fc.assert(
      fc.property(anyDeployment, (given) => {
        const { mounts, endings } = predict(given);
        const answered = mounts.filter(({ answer }) => answer.kind === 'application').map(mountName);
        expect(new Set(endings.map((ending) => ending.of))).toEqual(new Set(answered));
        expect(new Set(endings.map(({ of, because }) => `${of} ${because}`)).size).toBe(endings.length);
      }),
    );
  });
});

describe('flags, processes and threads', () => {
  const at = (more: Partial<DaemonGroup>): PredictedMount =>
    only({ aliases: [alias('/', '/srv/x.wsgi', { processGroup: 'shop' })], daemons: [daemon('shop', more)] });

  it('processes=1 makes multiprocess True, leaving it out makes it False', () => {
    expect(at({ processes: 1 })).toMatchObject({ multiprocess: true, processes: { min: 1, max: 1, configured: 1 } });
    expect(at({})).toMatchObject({ multiprocess: false, processes: { min: 1, max: 1, configured: null }, threads: 15 });
  });

  it('one thread and one request for each process is run-once', () => {
    expect(at({ threads: 1, maximumRequests: 1 }).runOnce).toBe(true);
    expect(at({ threads: 2, maximumRequests: 1 }).runOnce).toBe(false);
  });

  it('embedded mode follows the limits of the MPM, not what it starts with', () => {
    const aliases = [alias('/', '/srv/x.wsgi')];
    expect(only({ aliases, mpm: 'prefork' })).toMatchObject({
      mode: 'embedded',
      processes: { min: 5, max: 256, configured: null },
      threads: 1,
      multithread: false,
      multiprocess: true,
    });
    expect(only({ aliases, mpm: 'worker', children: { maxRequestWorkers: 25 } })).toMatchObject({
      processes: { min: 1, max: 1 },
      threads: 25,
      multithread: true,
      multiprocess: false,
    });
  });

  it('a group that nobody declared answers with 500 and runs nothing', () => {
    expect(only({ aliases: [alias('/', '/srv/x.wsgi', { processGroup: 'nowhere' })] })).toMatchObject({
      mode: 'daemon',
      processGroup: 'nowhere',
      processes: { min: 0, max: 0 },
      answer: { kind: 'refused', status: 500, why: 'process-group-undefined' },
    });
  });

  it('a script without a leading slash, typographic quotes included, is a 404', () => {
    expect(only({ aliases: [alias('/', '“/srv/x.wsgi”')] })).toMatchObject({
      processes: { min: 0, max: 0 },
      answer: { kind: 'refused', status: 404, why: 'script-not-absolute' },
    });
  });

  it('a group without threads leaves its clients waiting', () => {
    expect(at({ threads: 0 }).answer).toEqual({ kind: 'unanswered', status: 504 });
  });

  it('an alias behind another is answered by the script of the other', () => {
    const aliases = [alias('/', '/srv/x.wsgi'), alias('/b', '/srv/y.wsgi')];
    expect(predict(deployment({ aliases })).mounts).toMatchObject([
      { url: '/', script: '/srv/x.wsgi', neverRuns: [] },
      { url: '/b', script: '/srv/x.wsgi', neverRuns: ['/srv/y.wsgi'] },
    ]);
  });
});

describe('sharing', () => {
  const shares = (a: ScriptAlias, b: ScriptAlias): string | undefined =>
    predict(deployment({ aliases: [a, b], daemons: [daemon('one'), daemon('two')] })).sharing[0]?.shares;
  const x = '/srv/x.wsgi';
  const y = '/srv/y.wsgi';

  it('is decided by the process group first, then by the interpreter, then by the script', () => {
    const one = { processGroup: 'one' };
    const shared = { ...one, applicationGroup: 'shared' };
    expect(shares(alias('/a', x, one), alias('/b', x, { processGroup: 'two' }))).toBe('nothing');
    expect(shares(alias('/a', x, one), alias('/b', x, one))).toBe('process');
    expect(shares(alias('/a', x, shared), alias('/b', y, shared))).toBe('imported-modules');
    expect(shares(alias('/a', x, shared), alias('/b', x, shared))).toBe('script-globals');
  });

  it('in embedded mode is that of the Apache children', () => {
    const main = { applicationGroup: '%{GLOBAL}' };
    expect(shares(alias('/a', x), alias('/b', x))).toBe('process');
    expect(shares(alias('/a', x, main), alias('/b', y, main))).toBe('imported-modules');
    expect(shares(alias('/a', x), alias('/b', x, { processGroup: 'one' }))).toBe('nothing');
  });

  it('joins two URLs that differ in letter case only, because mod_wsgi names the interpreter in lower case', () => {
    expect(shares(alias('/shop', x), alias('/Shop', y))).toBe('imported-modules');
  });

  it('of one script under the default group ends at the port, which is part of the name of the interpreter', () => {
    const given = deployment({ aliases: [alias('/', x)], ports: [80, 8080] });
    expect(predict(given).sharing).toEqual([{ a: 'example.org:80/', b: 'example.org:8080/', shares: 'process' }]);
  });
});

describe('endings', () => {
  const causes = (group: Partial<DaemonGroup>, modWsgi: ModWsgiRelease = '4.9', script = '/srv/x.wsgi') =>
    new Map(
      predict(
        deployment({
          aliases: [alias('/', script, { processGroup: 'shop' })],
          daemons: [daemon('shop', group)],
          modWsgi,
        }),
      ).endings.map((ending) => [ending.because, ending]),
    );

  it('are the unavoidable ones of a daemon process where nothing is configured', () => {
    expect([...causes({}).keys()]).toEqual([
      'deadlock-timeout',
      'script-changed',
      'signal',
      'server-restart',
      'server-stop',
      'crash',
    ]);
  });

  it('name the number of requests', () => {
    expect(causes({ threads: 1, maximumRequests: 3 }).get('maximum-requests')).toEqual({
      of: 'example.org:80/',
      because: 'maximum-requests',
      after: '3 requests to one process',
      effect: 'process-replaced',
    });
  });

  it('leave out the timers that nobody looks at', () => {
    const timers = {
      restartInterval: fromSeconds(60),
      requestTimeout: fromSeconds(10),
      startupTimeout: fromSeconds(20),
    };
    const watched = ['restart-interval', 'request-timeout', 'startup-timeout'] as const;
    for (const timer of watched) expect(causes(timers).has(timer)).toBe(true);
    for (const timer of watched) expect(causes({ ...timers, deadlockTimeout: fromSeconds(0) }).has(timer)).toBe(false);
    const idle = { ...timers, deadlockTimeout: fromSeconds(0), inactivityTimeout: fromSeconds(30) };
    for (const timer of watched) expect(causes(idle).has(timer)).toBe(true);
  });

  it('tell how long one request may run: the average over all threads before 6.0, a logarithm since', () => {
    const group = { threads: 4, requestTimeout: fromSeconds(2) };
    expect(causes(group, '4.9').get('request-timeout')?.after).toContain('8 s of one request, or 2 s when all 4');
    expect(causes(group, '5').get('request-timeout')?.after).toEqual(
      causes(group, '4.9').get('request-timeout')?.after,
    );
    expect(causes(group, '6').get('request-timeout')?.after).toContain('4.8 s of one request');
  });

  it('replace a daemon process when any script in it changed, and execute an embedded one again', () => {
    const given = deployment({
      aliases: [
        alias('/a', '/srv/a.wsgi', { processGroup: 'shop' }),
        alias('/b', '/srv/b.wsgi', { processGroup: 'shop' }),
        alias('/c', '/srv/c.wsgi'),
      ],
      daemons: [daemon('shop')],
    });
    const changed = predict(given).endings.filter((ending) => ending.because === 'script-changed');
    expect(changed).toMatchObject([
      { of: 'example.org:80/a', effect: 'process-replaced' },
      { of: 'example.org:80/b', effect: 'process-replaced' },
      { of: 'example.org:80/c', effect: 'script-executed-again' },
    ]);
    for (const ending of changed.slice(0, 2)) expect(ending.after).toContain('/srv/a.wsgi or /srv/b.wsgi');
    expect(changed[2]?.after).toContain('/srv/c.wsgi');
  });

  it('know no reloading where it is off', () => {
    const given = deployment({ aliases: [alias('/', '/srv/x.wsgi')] });
    const [main] = given.hosts;
    const off: ApacheDeployment = { ...given, hosts: [{ ...main, settings: { scriptReloading: false } }] };
    expect(predict(given).endings.some((ending) => ending.because === 'script-changed')).toBe(true);
    expect(predict(off).endings.some((ending) => ending.because === 'script-changed')).toBe(false);
  });

  it('count connections, not requests, for an Apache child', () => {
    const { endings } = predict(
      deployment({ aliases: [alias('/', '/srv/x.wsgi')], children: { maxConnectionsPerChild: 1 } }),
    );
    expect(endings[0]).toMatchObject({ because: 'max-connections-per-child', effect: 'process-replaced' });
    expect(endings[0]?.after).toMatch(/^1 connection to one child/);
  });
});
