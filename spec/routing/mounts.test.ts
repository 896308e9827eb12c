import { describe, expect, it } from 'vitest';
import { type ApacheDeployment, type Host, noFiles, type ScriptAlias, type Section } from '../deployments/apache.ts';
import { plainLimits } from '../serving/request-limits.ts';
import { plainServer } from '../serving/surroundings.ts';
import { fromSeconds } from '../vocabulary.ts';
import { mountName, mountsOf } from './mounts.ts';
import { route } from './route.ts';

const alias = (url: string, script: string, more: Partial<ScriptAlias> = {}): ScriptAlias => ({
  match: 'prefix',
  url,
  script,
  settings: {},
  ...more,
});
const location = (pattern: string, processGroup: string): Section => ({
  kind: 'location',
  match: 'exact',
  pattern,
  within: null,
  settings: { processGroup },
});
const host = (more: Partial<Host> = {}): Host => ({
  serverName: 'example.org',
  serverPort: null,
  serverAliases: [],
  addresses: [],
  scriptAliases: [],
  files: noFiles,
  settings: {},
  sections: [],
  ...more,
});
const deployment = (hosts: readonly [Host, ...Host[]], ports: readonly number[] = [80]): ApacheDeployment => ({
  kind: 'apache',
  server: { mpm: 'event', modWsgi: '4.9' },
  listens: ports.map((port) => ({ address: '*', port })),
  children: {
    startServers: 2,
    threadsPerChild: 25,
    maxRequestWorkers: 150,
    serverLimit: 16,
    threadLimit: 64,
    spare: { min: 75, max: 250 },
    maxConnectionsPerChild: 0,
    listenBacklog: 511,
    gracefulShutdownTimeout: fromSeconds(0),
  },
  daemons: [],
  hosts,
  preloads: [],
  restrictEmbedded: false,
  surroundings: plainServer,
  limits: plainLimits,
});
const names = (of: ApacheDeployment) =>
  mountsOf(of).map((mount) => `${mountName(mount)}${mount.shadowed ? ' (shadowed)' : ''}`);

describe('the mounts of a deployment', () => {
  it('are its aliases on every port that listens', () => {
    const main = host({ scriptAliases: [alias('/a', '/srv/a.wsgi'), alias('/b', '/srv/b.wsgi')] });
    expect(names(deployment([main], [80, 8080]))).toEqual([
      'example.org:80/a',
      'example.org:80/b',
      'example.org:8080/a',
      'example.org:8080/b',
    ]);
  });

  it('include a Location below an alias only where it leads elsewhere', () => {
    const main = host({
      scriptAliases: [alias('/', '/srv/a.wsgi')],
      sections: [location('/admin', 'admin'), location('/plain', '')],
    });
    expect(names(deployment([main]))).toEqual(['example.org:80/', 'example.org:80/admin']);
  });

  it('say which alias is hidden by an earlier one', () => {
    const main = host({ scriptAliases: [alias('/', '/srv/a.wsgi'), alias('/b', '/srv/b.wsgi')] });
    expect(names(deployment([main]))).toEqual(['example.org:80/', 'example.org:80/b (shadowed)']);
  });

  it('belong to a virtual host where one answers, and inherit the aliases of the main server', () => {
    const main = host({ scriptAliases: [alias('/main', '/srv/main.wsgi')] });
    const shop = host({
      serverName: 'shop.example.org',
      addresses: [{ address: '*', port: 8080 }],
      scriptAliases: [alias('/', '/srv/shop.wsgi')],
    });
    const wild = host({
      serverName: null,
      serverAliases: ['*.example.net'],
      addresses: [{ address: '*', port: 8080 }],
    });
    expect(names(deployment([main, shop, wild], [80, 8080]))).toEqual([
      'example.org:80/main',
      'shop.example.org:8080/',
      'shop.example.org:8080/main (shadowed)',
      'example.org:8080/main', // It has the main server's name, for want of its own.
    ]);
  });

  it('have no address where a pattern leaves the path open, and one where it is a plain prefix', () => {
    const main = host({
      scriptAliases: [
        alias('^/api', '/srv/api.wsgi', { match: 'pattern' }),
        alias('^/(\\w+)/x', '/srv/$1.wsgi', { match: 'pattern' }),
      ],
    });
    expect(mountsOf(deployment([main])).map((mount) => mount.address?.path ?? null)).toEqual(['/api', null]);
  });

  it('carry the route that a request to their address takes', () => {
    const main = host({
      scriptAliases: [alias('/a', '/srv/a.wsgi'), alias('/b', '/srv/b.wsgi')],
      sections: [location('/a', 'nowhere')],
    });
    const of = deployment([main]);
    for (const mount of mountsOf(of)) expect(mount.address && route(of, mount.address)).toEqual(mount.route);
    expect(mountsOf(of).map((mount) => mount.route?.kind)).toEqual(['refused', 'application']);
  });
});
