import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApacheDeployment,
  type DaemonGroup,
  type Host,
  noFiles,
  type ScriptAlias,
  type Section,
  type Settings,
} from '../deployments/apache.ts';
import { plainLimits } from '../serving/request-limits.ts';
import { plainServer } from '../serving/surroundings.ts';
import type { Address } from '../trace.ts';
import { fromSeconds } from '../vocabulary.ts';
import { type Route, type RoutedMount, route } from './route.ts';

const alias = (url: string, script: string, settings: ScriptAlias['settings'] = {}): ScriptAlias => ({
  match: 'prefix',
  url,
  script,
  settings,
});
const section = (kind: Section['kind'], pattern: string, settings: Settings, more: Partial<Section> = {}): Section => ({
  kind,
  match: 'exact',
  pattern,
  within: null,
  settings,
  ...more,
});
const regex = { match: 'regex' } as const;
const host = (more: Partial<Host> = {}): Host => ({
  serverName: 'main.example',
  serverPort: null,
  serverAliases: [],
  addresses: [],
  scriptAliases: [],
  files: noFiles,
  settings: {},
  sections: [],
  ...more,
});
const vhost = (port: number | null, more: Partial<Host> = {}): Host =>
  host({ addresses: [{ address: '*', port }], ...more });
const off = fromSeconds(0);
const deployment = (
  hosts: readonly [Host, ...Host[]],
  daemons: readonly (readonly [string, number])[] = [],
): ApacheDeployment => ({
  kind: 'apache',
  server: { mpm: 'event', modWsgi: '4.9' },
  listens: [{ address: '*', port: 8080 }],
  children: {
    startServers: 2,
    threadsPerChild: 25,
    maxRequestWorkers: 150,
    serverLimit: 16,
    threadLimit: 64,
    spare: { min: 75, max: 250 },
    maxConnectionsPerChild: 0,
    listenBacklog: 511,
    gracefulShutdownTimeout: off,
  },
  // Routing reads the name and the host of a group only.
  daemons: daemons.map(([name, declaredBy]) => ({ name, host: declaredBy }) as DaemonGroup),
  hosts,
  preloads: [],
  restrictEmbedded: false,
  surroundings: plainServer,
  limits: plainLimits,
});
const to = (path: string, name = 'main.example', port = 8080): Address => ({ host: name, port, path });
const mountOf = (answer: Route): RoutedMount => {
  if (answer.kind === 'unmapped') throw new Error('unmapped');
  return answer.mount;
};
const groupAt = (of: ApacheDeployment, ...asked: Parameters<typeof to>): string =>
  mountOf(route(of, to(...asked))).applicationGroup;

const anySegment = fc.constantFrom('a', 'b', 'Shop', 'x.y');
const anyPath = fc.array(anySegment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const shop = alias('/a', '/srv/www/shop.wsgi');

describe('a URL', () => {
  it('is divided into SCRIPT_NAME and PATH_INFO without loss, whatever slashes and dots it was written with', () => {
    const anySpelling = fc.array(fc.constantFrom('/', '//', '/./', '/x/../', '///'), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(anySegment, { maxLength: 4 }), anySpelling, (rest, separators) => {
        const of = deployment([host({ scriptAliases: [shop] })]);
        const plain = `/${['a', ...rest].join('/')}`;
        const spelled = ['a', ...rest].map((part, i) => `${separators[i]}${part}`).join('');
        const mount = mountOf(route(of, to(spelled)));
        expect(mount.scriptName + mount.pathInfo).toBe(plain);
        expect(mount).toEqual(mountOf(route(of, to(plain))));
      }),
    );
  });

  it('belongs to the first alias that matches, the virtual host before the main server', () => {
    const of = deployment([
      host({ scriptAliases: [alias('/', '/srv/main.wsgi')] }),
      vhost(8080, { scriptAliases: [alias('/a', '/srv/a.wsgi'), alias('/a/b', '/srv/hidden.wsgi')] }),
    ]);
    expect(mountOf(route(of, to('/a/b'))).script).toBe('/srv/a.wsgi');
    expect(mountOf(route(of, to('/ab'))).script).toBe('/srv/main.wsgi');
  });

  it('names another file where the alias ends in a slash and its target does not', () => {
    const of = deployment([host({ scriptAliases: [alias('/q/', '/srv/shop.wsgi')] })]);
    expect(mountOf(route(of, to('/q/')))).toMatchObject({ script: '/srv/shop.wsgi', scriptName: '/q/' });
    expect(mountOf(route(of, to('/q/z'))).script).toBe('/srv/shop.wsgiz');
    expect(route(of, to('/q')).kind).toBe('unmapped');
  });
});

describe('the settings of a request', () => {
  it('come from the alias where it has any, and else from the last section merged', () => {
    const anySections = fc.array(
      fc.record({ pattern: fc.constantFrom('/', '/a', '/a/b'), group: fc.constantFrom('one', 'two') }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(anySections, fc.option(fc.constant('own'), { nil: undefined }), (written, own) => {
        const sections = written.map(({ pattern, group }) => section('location', pattern, { applicationGroup: group }));
        const of = deployment([
          host({ scriptAliases: [alias('/a', '/srv/a.wsgi', own ? { applicationGroup: own } : {})], sections }),
        ]);
        const last = written.findLast(({ pattern }) => pattern !== '/a/b')?.group;
        expect(groupAt(of, '/a')).toBe(own ?? last ?? 'main.example:8080|/a');
      }),
    );
  });

  it('are merged from Directory to Files to Location, wherever they are written', () => {
    const sections = [
      section('location', '/a', { applicationGroup: 'location' }),
      section('files', 'shop.wsgi', { applicationGroup: 'files', callableObject: 'files' }),
      section('directory', '/srv/www', { applicationGroup: 'inner', callableObject: 'inner', processGroup: 'inner' }),
      section('directory', '/srv', { applicationGroup: 'outer', callableObject: 'outer', processGroup: 'outer' }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(sections, { minLength: 4 }), (shuffled) => {
        const mount = mountOf(route(deployment([host({ scriptAliases: [shop], sections: shuffled })]), to('/a')));
        expect(mount).toMatchObject({ applicationGroup: 'location', callable: 'files', processGroup: 'inner' });
      }),
    );
  });

  it('come from Files inside a Directory rather than from Files outside, even if those are written later', () => {
    const within = { match: 'exact', pattern: '/srv/www' } as const;
    const sections = [
      section('files', 'shop.wsgi', { applicationGroup: 'inside' }, { within }),
      section('files', 'shop.wsgi', { applicationGroup: 'outside' }),
    ];
    expect(groupAt(deployment([host({ scriptAliases: [shop], sections })]), '/a')).toBe('inside');
  });

  it('come from a Directory pattern that matches the script file itself only until the URL goes on', () => {
    fc.assert(
      fc.property(fc.constantFrom('/srv/www/*', '/srv/www/shop.wsgi', '/srv/*/shop.*'), (pattern) => {
        const sections = [section('directory', pattern, { applicationGroup: 'pattern' })];
        const of = deployment([host({ scriptAliases: [shop], sections })]);
        expect(groupAt(of, '/a')).toBe('pattern');
        expect(groupAt(of, '/a/page')).toBe('main.example:8080|/a');
      }),
    );
  });

  it('come from a Directory pattern that covers the directory, but not from one that is deeper', () => {
    const of = (pattern: string): ApacheDeployment =>
      deployment([
        host({ scriptAliases: [shop], sections: [section('directory', pattern, { applicationGroup: 'pattern' })] }),
      ]);
    for (const pattern of ['/', '/srv', '/srv/', '/*', '/srv/w?w', '/s*/[w]ww'])
      expect(groupAt(of(pattern), '/a/page')).toBe('pattern');
    for (const pattern of ['/sr', '/srv/*/*', '/srv/www/*', '/srv/w', '/*/*/*/*'])
      expect(groupAt(of(pattern), '/a/page')).toBe('main.example:8080|/a');
  });

  it('come from the Directory regular expression with the most slashes, and it sees the name of the file', () => {
    const sections = [
      section('directory', '^/srv/www/', { applicationGroup: 'slashes' }, regex),
      section('directory', 'shop.wsgi$', { applicationGroup: 'name', callableObject: 'name' }, regex),
      section('directory', '/srv/www', { applicationGroup: 'plain', processGroup: 'plain' }),
    ];
    const of = deployment([host({ scriptAliases: [shop], sections })]);
    expect(mountOf(route(of, to('/a')))).toMatchObject({
      applicationGroup: 'slashes',
      callable: 'name',
      processGroup: 'plain',
    });
  });
});

describe('the name of a group', () => {
  it('holds the port that the client names, unless it is 80 or 443', () => {
    const of = deployment([host({ serverPort: 9000, scriptAliases: [alias('/a', '/srv/a.wsgi')] })]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65535 }), (port) => {
        fc.pre(port !== 80);
        expect(groupAt(of, '/a', 'x', port)).toBe(port === 443 ? 'main.example|/a' : `main.example:${port}|/a`);
      }),
    );
  });

  it('holds the port of ServerName where the client, on port 80, names none', () => {
    const scriptAliases = [alias('/a', '/srv/a.wsgi', { applicationGroup: '%{SERVER}' })];
    const group = (main: Partial<Host>, virtual?: Partial<Host>): string =>
      groupAt(
        virtual
          ? deployment([host({ scriptAliases, ...main }), vhost(80, virtual)])
          : deployment([host({ scriptAliases, ...main })]),
        '/a',
        'x',
        80,
      );
    expect(group({ serverPort: 9000 })).toBe('main.example:9000');
    expect(group({})).toBe('main.example');
    expect(group({ serverPort: 9000 }, { serverName: 'v.example' })).toBe('v.example');
    expect(group({ serverPort: 9000 }, { serverName: 'v.example', serverPort: 8000 })).toBe('v.example:8000');
    expect(group({ serverPort: 9000 }, { serverName: null })).toBe('main.example');
  });

  it('is the mount in lower case, but the server name as it is written', () => {
    const of = deployment([host({ serverName: 'Main.Example', scriptAliases: [alias('/Shop', '/srv/a.wsgi')] })]);
    expect(groupAt(of, '/Shop/Page')).toBe('Main.Example:8080|/shop');
  });

  it('is the client’s host name under %{HOST}, in lower case', () => {
    const of = deployment([
      host({ scriptAliases: [shop], settings: { applicationGroup: '%{HOST}', processGroup: '%{GLOBAL}' } }),
    ]);
    expect(mountOf(route(of, to('/a', 'Other.Example')))).toMatchObject({
      applicationGroup: 'other.example:8080',
      processGroup: '',
    });
  });

  it('is looked up under %{ENV:…} whatever the case, and expanded once more unless it is another %{ENV:…}', () => {
    const group = (value: string): string =>
      groupAt(
        deployment([
          host({ scriptAliases: [shop], settings: { applicationGroup: '%{ENV:GRP}', env: { grp: value } } }),
        ]),
        '/a',
      );
    expect(group('plain')).toBe('plain');
    expect(group('%{SERVER}')).toBe('main.example:8080');
    expect(group('%{ENV:GRP}')).toBe('%{ENV:GRP}');
    expect(group('x%{SERVER}')).toBe('x%{SERVER}');
  });
});

describe('the host that answers', () => {
  const group = (of: ApacheDeployment, name: string, port: number): string => groupAt(of, '/a', name, port);
  const scriptAliases = [alias('/a', '/srv/a.wsgi', { applicationGroup: '%{SERVER}' })];

  it('is the first of its port where none has the name, and never the main server', () => {
    fc.assert(
      fc.property(fc.domain(), (name) => {
        const of = deployment([
          host({ scriptAliases }),
          vhost(8080, { serverName: 'one.test' }),
          vhost(8080, { serverName: 'two.test' }),
        ]);
        expect(group(of, name, 8080)).toBe(name === 'two.test' ? 'two.test:8080' : 'one.test:8080');
        expect(group(of, name, 8081)).toBe('main.example:8081');
      }),
    );
  });

  it('is one of this very port rather than one of every port, even if only that has the name', () => {
    const of = deployment([
      host({ scriptAliases }),
      vhost(null, { serverName: 'every.test' }),
      vhost(8080, { serverName: 'this.test' }),
    ]);
    expect(group(of, 'every.test', 8080)).toBe('this.test:8080');
    expect(group(of, 'every.test', 8081)).toBe('every.test:8081');
  });

  it('answers to the main server’s name where it has none of its own, and reports that name', () => {
    const of = deployment([
      host({ scriptAliases }),
      vhost(8080, { serverName: 'one.test' }),
      vhost(8080, { serverName: null, serverAliases: ['*.alias.test'] }),
    ]);
    expect(group(of, 'MAIN.example', 8080)).toBe('main.example:8080');
    expect(group(of, 'any.alias.test', 8080)).toBe('main.example:8080');
  });
});

describe('a request is refused', () => {
  it('where its process group was declared by a virtual host of another name', () => {
    const scriptAliases = [alias('/a', '/srv/a.wsgi', { processGroup: 'own' })];
    const of = deployment(
      [host({ scriptAliases }), vhost(8080, { serverName: 'one.test' }), vhost(8081, { serverName: 'two.test' })],
      [['own', 1]],
    );
    expect(route(of, to('/a', 'one.test', 8080)).kind).toBe('application');
    expect(route(of, to('/a', 'two.test', 8081))).toMatchObject({
      kind: 'refused',
      status: 500,
      why: 'process-group-of-another-host',
    });
  });

  it('where its process group is undefined or not on the list, whose names may differ in case', () => {
    const answer = (processGroup: string, restrictProcess: readonly string[]): Route =>
      route(
        deployment([host({ scriptAliases: [shop], settings: { processGroup, restrictProcess } })], [['own', 0]]),
        to('/a'),
      );
    expect(answer('own', ['OWN']).kind).toBe('application');
    expect(answer('', ['%{GLOBAL}']).kind).toBe('application');
    expect(answer('', ['own'])).toMatchObject({ status: 500, why: 'process-group-restricted' });
    expect(answer('none', ['none'])).toMatchObject({ status: 500, why: 'process-group-undefined' });
  });

  it('by the innermost section that says who may come in', () => {
    const access = (pattern: string, verdict: 'granted' | 'denied'): Section =>
      section('directory', pattern, { access: verdict });
    const answer = (...sections: readonly Section[]): Route =>
      route(deployment([host({ scriptAliases: [shop], sections })]), to('/a'));
    expect(answer(access('/srv', 'granted'), access('/', 'denied')).kind).toBe('application');
    expect(answer(access('/srv', 'denied'), access('/', 'granted'))).toMatchObject({ status: 403 });
  });

  it('by nobody where no alias covers the URL', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const answer = route(deployment([host({ scriptAliases: [shop] })]), to(path));
        expect(answer.kind).toBe(path === '/a' || path.startsWith('/a/') ? 'application' : 'unmapped');
      }),
    );
  });
});
