/** Deployments that a real Apache with mod_wsgi would start with, small enough to run. */

import fc from 'fast-check';
import {
  type ApacheDeployment,
  type DaemonGroup,
  type FileAlias,
  type Host,
  type ModWsgiRelease,
  type Mpm,
  mapHeadToGetValues,
  mpms,
  type Preload,
  type ScriptAlias,
  type Section,
  type Settings,
} from '../../spec/deployments/apache.ts';
import { defaultGroup } from '../../spec/deployments/defaults.ts';
import { plainLimits } from '../../spec/serving/request-limits.ts';
import { plainServer } from '../../spec/serving/surroundings.ts';
import { millis } from '../../spec/vocabulary.ts';
import { childPool } from '../../src/config/apache/child-pool.ts';
import { preloadedInto } from '../../src/config/apache/preload.ts';

export interface DeploymentParameters {
  /** Absolute paths of scripts, at least one; the more, the more aliases differ. */
  readonly scripts: readonly [string, ...string[]];
  /** Ports to listen on, at least one. */
  readonly ports: readonly [number, ...number[]];
  readonly modWsgi?: ModWsgiRelease;
  /** All of them unless given. */
  readonly mpms?: readonly Mpm[];
}

/**
 * Process groups 0 to 3 with `processes` absent or 1 to 3 and 1 to 4 threads; every way to name an application group;
 * embedded mode on each MPM; aliases and sections that overlap; the main server alone or with one or two virtual hosts.
 */
export const anyDeployment = ({
  scripts,
  ports,
  modWsgi = '4.9',
  mpms: wanted = mpms,
}: DeploymentParameters): fc.Arbitrary<ApacheDeployment> =>
  fc.record({ mpm: fc.constantFrom(...wanted), virtual: fc.integer({ min: 0, max: 2 }) }).chain(({ mpm, virtual }) =>
    fc
      .record({
        children: anyPool(mpm),
        daemons: anyDaemons(virtual),
        keepAlive: fc.option(anyKeepAlive, { nil: undefined }),
        restrictEmbedded: fc.boolean().map((flag) => flag && virtual === 2),
      })
      .chain(({ children, daemons, keepAlive, restrictEmbedded }) =>
        fc
          .record({
            hosts: fc.tuple(
              anyHost({ index: 0, daemons, scripts, ports }),
              ...Array.from({ length: virtual }, (_, index) => anyHost({ index: index + 1, daemons, scripts, ports })),
            ),
            imports: fc.array(anyImport(daemons, virtual, scripts), { maxLength: 2 }),
          })
          .map(({ hosts, imports }) => ({
            kind: 'apache',
            server: { mpm, modWsgi } as const,
            listens: ports.map((port) => ({ address: '*', port })),
            children,
            daemons,
            hosts,
            preloads: preloadsOf(hosts, daemons, imports),
            restrictEmbedded,
            ...(keepAlive && { keepAlive }),
            surroundings: plainServer,
            limits: plainLimits,
          })),
      ),
  );

const anyKeepAlive = fc.record({
  isOn: fc.boolean(),
  timeout: fc.constantFrom(0, 1, 5_000, 90_000).map(millis),
  maxRequests: fc.constantFrom(-1, 0, 1, 100),
});

const anyPool = (mpm: ApacheDeployment['server']['mpm']): fc.Arbitrary<ApacheDeployment['children']> =>
  fc
    .record({
      threads: mpm === 'prefork' ? fc.constant(1) : fc.integer({ min: 1, max: 4 }),
      servers: fc.integer({ min: 1, max: 3 }),
      start: fc.integer({ min: 1, max: 3 }),
      minSpare: fc.integer({ min: 1, max: 3 }),
      maxSpare: fc.integer({ min: 1, max: 8 }),
      maxConnections: fc.constantFrom(0, 0, 0, 7),
    })
    .map(({ threads, servers, start, minSpare, maxSpare, maxConnections }) => {
      const spare = mpm === 'prefork' ? 'Servers' : 'Threads';
      const given = new Map([
        ['StartServers', start],
        ['MaxRequestWorkers', threads * servers],
        [`MinSpare${spare}`, minSpare],
        [`MaxSpare${spare}`, maxSpare],
        ['MaxConnectionsPerChild', maxConnections],
        ...(mpm === 'prefork' ? [] : ([['ThreadsPerChild', threads]] as const)),
      ]);
      return childPool(mpm, given).pool;
    });

const groupNames = ['alpha', 'beta', 'gamma'] as const;

/** In the order of a text: those of one virtual host stand together, those of the main server anywhere between. */
const anyDaemons = (virtual: number): fc.Arbitrary<readonly DaemonGroup[]> =>
  fc.subarray([...groupNames]).chain((names) =>
    fc
      .tuple(
        ...names.map((name) =>
          fc.record({ daemon: anyDaemon(name, virtual), behind: fc.integer({ min: 0, max: virtual }) }),
        ),
      )
      .map((entries) =>
        entries
          .map(({ daemon, behind }) => ({ daemon, place: daemon.host === 0 ? behind + 0.5 : daemon.host }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ daemon }) => daemon),
      ),
  );

const anyDaemon = (name: string, virtual: number): fc.Arbitrary<DaemonGroup> =>
  fc
    .record({
      host: fc.integer({ min: 0, max: virtual }),
      processes: fc.constantFrom(null, 1, 2, 3),
      threads: fc.integer({ min: 1, max: 4 }),
      maximumRequests: fc.constantFrom(0, 0, 0, 5),
      displayName: fc.constantFrom(null, '%{GROUP}'),
    })
    .map((chosen) => ({ ...defaultGroup, ...chosen, name }));

interface HostParameters extends DeploymentParameters {
  readonly index: number;
  readonly daemons: readonly DaemonGroup[];
}

const serverNames = ['main.example', 'one.example', 'two.example'] as const;

const anyHost = (parameters: HostParameters): fc.Arbitrary<Host> => {
  const { index, daemons, ports, scripts } = parameters;
  return fc
    .record({
      serverPort: fc.constantFrom(null, null, ...ports),
      serverAliases:
        index === 0 ? fc.constant([]) : fc.constantFrom([], [`www.${serverNames[index]}`, '*.wild.example']),
      ports: fc.subarray([...ports], { minLength: 1 }),
      scriptAliases: fc.array(anyAlias(parameters), { maxLength: 4 }),
      files: fc.array(anyFileAlias, { maxLength: 2 }).map((aliases) => ({ aliases, documentRoot: null })),
      settings: anySettings(daemons, false),
      sections: fc.array(anySections(daemons, scripts), { maxLength: 3 }),
    })
    .map(({ ports: answering, sections, ...host }) => ({
      ...host,
      serverName: serverNames[index] ?? null,
      addresses: index === 0 ? [] : answering.map((port) => ({ address: '*', port })),
      sections: sections.flat(),
    }));
};

const urls = ['/', '/a', '/a/b', '/b', '/b/', '/a'] as const;

const anyAlias = ({ index, daemons, scripts }: HostParameters): fc.Arbitrary<ScriptAlias> =>
  fc.record({
    match: fc.constant('prefix' as const),
    url: fc.constantFrom(...urls),
    script: fc.constantFrom(...scripts),
    settings: fc.record(
      {
        // Together with an application group this loads the script at start, and the group must then be in reach.
        processGroup: fc.constantFrom('%{GLOBAL}', ...reachable(daemons, index)),
        applicationGroup: anyApplicationGroup,
        callableObject: fc.constant('application'),
        passAuthorization: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  });

/** The groups that scripts loaded at start may use in a host: its own, and those of the main server written above it. */
const reachable = (daemons: readonly DaemonGroup[], host: number): readonly string[] =>
  daemons
    .filter((daemon) => daemon.host === host || (daemon.host === 0 && partOf(daemons, daemon.name) < host))
    .map((daemon) => daemon.name);

/** How many virtual hosts stand above a group of the main server, at the least: those whose groups come before it. */
const partOf = (daemons: readonly DaemonGroup[], group: string): number =>
  Math.max(0, ...daemons.slice(0, daemons.findIndex(({ name }) => name === group) + 1).map((daemon) => daemon.host));

const anyFileAlias = fc.constantFrom<FileAlias>(
  { match: 'prefix', url: '/a/b/', path: '/srv/files/', isCgi: false },
  { match: 'prefix', url: '/files', path: '/srv/files', isCgi: false },
  { match: 'pattern', url: '^/b/(x.*)$', path: '/srv/files/$1', isCgi: false },
);

const anyApplicationGroup = fc.constantFrom(
  'shared',
  '%{GLOBAL}',
  '%{SERVER}',
  '%{HOST}',
  '%{RESOURCE}',
  '%{ENV:GROUP}',
);

const anySettings = (daemons: readonly DaemonGroup[], isSection: boolean): fc.Arbitrary<Settings> => {
  const names = ['%{GLOBAL}', 'nowhere', ...daemons.flatMap(({ name }) => [name, name, name])];
  return fc
    .record(
      {
        processGroup: fc.constantFrom(...names),
        applicationGroup: anyApplicationGroup,
        scriptReloading: fc.boolean(),
        limitRequestBody: fc.constantFrom(0, 100_000),
        canonicalName: fc.boolean(),
        passAuthorization: fc.boolean(),
        chunkedRequest: fc.boolean(),
        mapHeadToGet: fc.constantFrom(...mapHeadToGetValues),
        enableSendfile: fc.boolean(),
        ignoreActivity: fc.boolean(),
        restrictProcess: fc.constant(names),
        env: fc.constantFrom({ GROUP: 'from-env' }, { GROUP: '%{GLOBAL}', OTHER: '' }),
        access: fc.constantFrom('granted' as const, 'granted' as const, 'denied' as const),
      },
      { requiredKeys: [] },
    )
    .map(({ access, ...settings }) => (isSection && access !== undefined ? { ...settings, access } : settings));
};

/** One section, or a directory with files inside. */
const anySections = (daemons: readonly DaemonGroup[], scripts: readonly string[]): fc.Arbitrary<readonly Section[]> => {
  const directories = [...new Set(scripts.flatMap((script) => [parent(script), parent(parent(script))]))];
  const files = [...new Set(scripts.map(nameOf)), '*.wsgi'];
  const settings = anySettings(daemons, true);
  const location = fc.record<Section>({
    kind: fc.constant('location' as const),
    match: fc.constant('exact' as const),
    pattern: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a*', '/b'),
    within: fc.constant(null),
    settings,
  });
  const locationMatch = fc.record<Section>({
    kind: fc.constant('location' as const),
    match: fc.constant('regex' as const),
    pattern: fc.constantFrom('^/a', '/b$', '^/(a|b)/', '(?i)^/A'),
    within: fc.constant(null),
    settings,
  });
  const file = fc.record<Section>({
    kind: fc.constant('files' as const),
    match: fc.constant('exact' as const),
    pattern: fc.constantFrom(...files),
    within: fc.constant(null),
    settings,
  });
  const directory = fc.oneof(
    fc.constantFrom(...directories).map((pattern) => ({ match: 'exact' as const, pattern })),
    fc.constant({ match: 'regex' as const, pattern: `^${parent(scripts[0] ?? '/srv/x')}` }),
  );
  const withFiles = fc
    .tuple(directory, settings, fc.array(file, { maxLength: 2 }))
    .map(([head, outer, inner]): readonly Section[] => [
      { kind: 'directory', ...head, within: null, settings: outer },
      ...inner.map((section) => ({ ...section, within: head })),
    ]);
  return fc.oneof(
    location.map((section) => [section]),
    locationMatch.map((section) => [section]),
    file.map((section) => [section]),
    withFiles,
  );
};

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const anyImport = (
  daemons: readonly DaemonGroup[],
  virtual: number,
  scripts: readonly string[],
): fc.Arbitrary<Preload> =>
  fc.integer({ min: 0, max: virtual }).chain((host) =>
    fc.record({
      script: fc.constantFrom(...scripts),
      processGroup: fc.constantFrom('', ...reachable(daemons, host)),
      applicationGroup: fc.constantFrom('', 'shared'),
      because: fc.constant('WSGIImportScript' as const),
      host: fc.constant(host),
    }),
  );

/**
 * The preloads in the order of a text: what the main server loads into a group stands behind the group, and so maybe
 * behind a virtual host.
 */
function preloadsOf(
  hosts: readonly Host[],
  daemons: readonly DaemonGroup[],
  imports: readonly Preload[],
): readonly Preload[] {
  const ofHost = (host: number): readonly Preload[] => [
    ...(hosts[host]?.scriptAliases ?? []).flatMap((alias) => {
      const groups = preloadedInto(alias);
      return groups === null ? [] : [{ script: alias.script, ...groups, because: 'WSGIScriptAlias' as const, host }];
    }),
    ...imports.filter((preload) => preload.host === host),
  ];
  let part = 0;
  const main = ofHost(0).map((preload) => {
    part = Math.max(part, partOf(daemons, preload.processGroup));
    return { preload, part };
  });
  return hosts.flatMap((_, index) => [
    ...(index === 0 ? [] : ofHost(index)),
    ...main.filter((entry) => entry.part === index).map((entry) => entry.preload),
  ]);
}
