/** The deployments on which broken worlds show themselves: small, and each with what some rules need. */

import {
  type ApacheDeployment,
  type DaemonGroup,
  type Host,
  type ModWsgiRelease,
  type Mpm,
  noFiles,
  type ScriptAlias,
  type Section,
  type Settings,
} from '../../spec/deployments/apache.ts';
import { defaultGroup } from '../../spec/deployments/defaults.ts';
import { plainLimits } from '../../spec/serving/request-limits.ts';
import { plainServer, type ServerSurroundings } from '../../spec/serving/surroundings.ts';
import { fromSeconds } from '../../spec/vocabulary.ts';
import { childPool } from '../../src/config/apache/child-pool.ts';

/** A group with nothing but defaults: one process of 15 threads. */
export const daemon = (name: string, more: Partial<DaemonGroup> = {}): DaemonGroup => ({
  name,
  host: 0,
  ...defaultGroup,
  ...more,
});

export const alias = (url: string, script: string, settings: ScriptAlias['settings'] = {}): ScriptAlias => ({
  match: 'prefix',
  url,
  script,
  settings,
});

export const location = (pattern: string, settings: Settings): Section => ({
  kind: 'location',
  match: 'exact',
  pattern,
  within: null,
  settings,
});

export const host = (more: Partial<Host> = {}): Host => ({
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

interface StageParts extends Partial<Omit<ApacheDeployment, 'children' | 'server' | 'hosts'>> {
  readonly mpm?: Mpm;
  /** MPM directives by name. */
  readonly pool?: Readonly<Record<string, number>>;
  readonly hosts: ApacheDeployment['hosts'];
}

export const stage = ({ mpm = 'event', pool = {}, hosts, ...more }: StageParts): ApacheDeployment => ({
  kind: 'apache',
  server: { mpm, modWsgi: '4.9' },
  listens: [{ address: '*', port: 8080 }],
  children: childPool(mpm, new Map(Object.entries(pool))).pool,
  daemons: [],
  preloads: [],
  restrictEmbedded: false,
  surroundings: plainServer,
  limits: plainLimits,
  ...more,
  hosts,
});

const a = '/srv/a.wsgi';
const b = '/srv/b.wsgi';

/** One group, and two scripts of it under three mounts that leave the application group to the server. */
export const oneGroup = (group: Partial<DaemonGroup> = {}): ApacheDeployment =>
  stage({
    daemons: [daemon('shop', { threads: 3, ...group })],
    hosts: [
      host({
        settings: { processGroup: 'shop' },
        scriptAliases: [alias('/a', a), alias('/b', b), alias('/again', a)],
      }),
    ],
  });

/** One process with the main interpreter and another one. */
export const twoInterpreters = (group: Partial<DaemonGroup> = {}, destroyInterpreter = true): ApacheDeployment =>
  stage({
    daemons: [daemon('shop', { threads: 3, ...group })],
    surroundings: { ...plainServer, destroyInterpreter },
    hosts: [
      host({
        settings: { processGroup: 'shop' },
        scriptAliases: [alias('/a', a, { applicationGroup: '%{GLOBAL}' }), alias('/b', b, { applicationGroup: 'sub' })],
      }),
    ],
  });

/** As {@link oneGroup}, both scripts in one application group. */
export const oneInterpreter = (applicationGroup: string): ApacheDeployment =>
  stage({
    daemons: [daemon('shop', { threads: 3 })],
    hosts: [
      host({ settings: { processGroup: 'shop', applicationGroup }, scriptAliases: [alias('/a', a), alias('/b', b)] }),
    ],
  });

/** Embedded mode: no process group is chosen, one is defined. */
export const embeddedOn = (mpm: Mpm, pool: Readonly<Record<string, number>>): ApacheDeployment =>
  stage({
    mpm,
    pool,
    daemons: [daemon('unused')],
    hosts: [host({ scriptAliases: [alias('/a', a), alias('/b', b)] })],
  });

/** Two children of two threads, all there from the start. */
export const twoChildren = embeddedOn('event', {
  StartServers: 2,
  ThreadsPerChild: 2,
  MaxRequestWorkers: 4,
  MinSpareThreads: 1,
  MaxSpareThreads: 4,
});

/** One child of two connections, in its main interpreter: one with another would not go. See docs/findings/children-that-never-go.md. */
export const recycling = stage({
  mpm: 'event',
  pool: { StartServers: 1, ThreadsPerChild: 1, MaxRequestWorkers: 1, MaxConnectionsPerChild: 2 },
  hosts: [host({ settings: { applicationGroup: '%{GLOBAL}' }, scriptAliases: [alias('/a', a), alias('/b', b)] })],
});

/** One child of two threads: every request meets the same process. */
export const oneChild = embeddedOn('worker', { StartServers: 1, ThreadsPerChild: 2, MaxRequestWorkers: 2 });

/** A graceful stop is waited for no longer than a second. */
export function soonStopped(mpm: Mpm): ApacheDeployment {
  const pool = { StartServers: 2, MaxRequestWorkers: 4, ...(mpm !== 'prefork' && { ThreadsPerChild: 2 }) };
  const deployment = embeddedOn(mpm, pool);
  return { ...deployment, children: { ...deployment.children, gracefulShutdownTimeout: fromSeconds(1) } };
}

/** Sections, an alias with options of its own, and mounts that no section covers. */
export const sections = stage({
  daemons: [daemon('one', { threads: 2 }), daemon('two', { threads: 2 })],
  hosts: [
    host({
      settings: { processGroup: 'two', applicationGroup: 'outside' },
      scriptAliases: [
        alias('/a', a),
        alias('/b', b),
        alias('/c', a),
        alias('/option', a, { processGroup: 'one', applicationGroup: 'own' }),
      ],
      sections: [
        location('/a', { processGroup: 'one', applicationGroup: 'inside' }),
        location('/c', { processGroup: 'two' }),
        location('/c', { processGroup: 'one' }),
      ],
    }),
  ],
});

/** An alias that hides another one. */
export const hiddenAlias = stage({
  hosts: [host({ scriptAliases: [alias('/', a), alias('/admin', b)] })],
});

/** Files below an application that has everything else, and an expression that mounts a script for each word. */
export const filesAndPatterns = stage({
  daemons: [daemon('shop', { threads: 2 })],
  hosts: [
    host({
      settings: { processGroup: 'shop' },
      files: { aliases: [{ match: 'prefix', url: '/static', path: '/srv/static', isCgi: false }], documentRoot: null },
      scriptAliases: [
        { match: 'pattern', url: '^/apps/([^/]+)', script: '/srv/apps/$1.wsgi', settings: {} },
        alias('/', a),
      ],
    }),
  ],
});

/** Python begins in the parent, whatever home a group names. */
export const notLazy = stage({
  daemons: [daemon('shop', { threads: 2, pythonHome: '/srv/venv' }), daemon('blog', { threads: 2 })],
  surroundings: { ...plainServer, lazyInitialization: false },
  hosts: [
    host({
      scriptAliases: [alias('/a', a, { processGroup: 'shop' }), alias('/b', b, { processGroup: 'blog' })],
    }),
  ],
});

/** An alias that names both groups, so that its script is loaded at process start. */
export const preloading = stage({
  daemons: [daemon('shop', { threads: 2 })],
  preloads: [{ script: a, processGroup: 'shop', applicationGroup: '%{GLOBAL}', because: 'WSGIScriptAlias', host: 0 }],
  hosts: [
    host({ scriptAliases: [alias('/a', a, { processGroup: 'shop', applicationGroup: '%{GLOBAL}' }), alias('/b', b)] }),
  ],
});

/** Scripts that a process runs before it takes requests, in both modes. */
export const importing = stage({
  daemons: [daemon('shop', { threads: 2 })],
  preloads: [
    { script: a, processGroup: 'shop', applicationGroup: 'early', because: 'WSGIImportScript', host: 0 },
    { script: b, processGroup: '', applicationGroup: '%{GLOBAL}', because: 'WSGIImportScript', host: 0 },
  ],
  hosts: [host({ scriptAliases: [alias('/a', a, { processGroup: 'shop' }), alias('/b', b)] })],
});

/** A group that gives its processes all it can, and applications by other names, in both modes. */
export const furnished = stage({
  daemons: [
    daemon('shop', {
      threads: 2,
      umask: '027',
      home: '/usr',
      pythonPath: '/usr/share:/usr/lib',
      lang: 'en_US.UTF-8',
      locale: 'C.UTF-8',
      cpuPriority: 5,
      memoryLimit: 1_073_741_824,
      virtualMemoryLimit: 4_294_967_296,
    }),
  ],
  hosts: [
    host({
      scriptAliases: [
        alias('/a', a, { processGroup: 'shop', passAuthorization: true }),
        alias('/b', b, { processGroup: 'shop', callableObject: 'other' }),
        alias('/c', '/srv/c.wsgi', { callableObject: 'other' }),
      ],
    }),
  ],
});

/** Groups that run as somebody else than the server does: users and groups that most machines have. */
export const accounts = (pythonHome: string | null = null): ApacheDeployment =>
  stage({
    daemons: [
      daemon('shop', { threads: 2, user: 'daemon', group: 'adm', supplementaryGroups: 'tty,#8', pythonHome }),
      daemon('blog', { threads: 2, user: '#2', pythonHome }),
    ],
    surroundings: { ...plainServer, user: 'nobody', group: 'daemon', pythonHome },
    hosts: [
      host({
        scriptAliases: [
          alias('/a', a, { processGroup: 'shop' }),
          alias('/b', b, { processGroup: 'blog' }),
          alias('/c', '/srv/c.wsgi'),
        ],
      }),
    ],
  });

/** A script that works beside a site, in a process that takes no requests; somebody asks it all the same. */
export const service = stage({
  daemons: [daemon('shop', { threads: 2 }), daemon('work', { threads: 0, socketTimeout: fromSeconds(1) })],
  preloads: [{ script: b, processGroup: 'work', applicationGroup: '%{GLOBAL}', because: 'WSGIImportScript', host: 0 }],
  hosts: [
    host({ scriptAliases: [alias('/a', a, { processGroup: 'shop' }), alias('/b', b, { processGroup: 'work' })] }),
  ],
});

/** A group whose requests are not waited for long. */
export const shortGrace = (group: Partial<DaemonGroup> = {}): ApacheDeployment =>
  oneGroup({ gracefulTimeout: fromSeconds(2), shutdownTimeout: fromSeconds(1), ...group });

/** A group that waits for its requests less long when it is told to go than for any other cause. */
export const soonEvicting = oneGroup({
  evictionTimeout: fromSeconds(1),
  gracefulTimeout: fromSeconds(60),
  shutdownTimeout: fromSeconds(1),
});

/** Application groups by expansion and by what only looks like one. */
export const expansions = stage({
  hosts: [
    host({
      settings: { env: { GROUP: 'from-env', MAIN: '%{GLOBAL}' } },
      scriptAliases: [
        alias('/partly', a, { applicationGroup: 'x%{ENV:GROUP}' }),
        alias('/unknown', a, { applicationGroup: '%{NOPE}' }),
        alias('/env', a, { applicationGroup: '%{ENV:GROUP}' }),
        alias('/twice', a, { applicationGroup: '%{ENV:MAIN}' }),
        alias('/server', a, { applicationGroup: '%{SERVER}' }),
        alias('/host', a, { applicationGroup: '%{HOST}' }),
        alias('/global', a, { applicationGroup: '%{GLOBAL}' }),
      ],
    }),
  ],
});

/** Every way to be refused: an undefined group, one of another host, one that is not listed. */
export const refusals = stage({
  daemons: [daemon('everywhere', { threads: 2 }), daemon('private', { host: 1, threads: 2 })],
  hosts: [
    host({ scriptAliases: [] }),
    host({
      serverName: 'one.example.org',
      addresses: [{ address: '*', port: 8080 }],
      scriptAliases: [
        alias('/mine', a, { processGroup: 'private' }),
        alias('/shared', a, { processGroup: 'everywhere' }),
      ],
    }),
    host({
      serverName: 'two.example.org',
      addresses: [{ address: '*', port: 8080 }],
      scriptAliases: [
        alias('/nowhere', a, { processGroup: 'nowhere' }),
        alias('/private', a, { processGroup: 'private' }),
        alias('/shared', a, { processGroup: 'everywhere' }),
        alias('/unlisted', b),
      ],
      sections: [location('/unlisted', { processGroup: 'everywhere', restrictProcess: ['%{GLOBAL}'] })],
    }),
  ],
});

/** Embedded mode is forbidden, and one mount comes out there. */
export const noEmbedded = stage({
  restrictEmbedded: true,
  daemons: [daemon('shop', { threads: 2 })],
  hosts: [host({ scriptAliases: [alias('/a', a), alias('/b', b, { processGroup: 'shop' })] })],
});

/** Script reloading is off. */
export const notReloading = stage({
  daemons: [daemon('shop', { threads: 2 })],
  hosts: [host({ settings: { processGroup: 'shop', scriptReloading: false }, scriptAliases: [alias('/a', a)] })],
});

/** A group whose every deadline can be waited for. */
export const shortDeadlines = oneGroup({
  threads: 2,
  inactivityTimeout: fromSeconds(3),
  requestTimeout: fromSeconds(2),
  startupTimeout: fromSeconds(3),
  deadlockTimeout: fromSeconds(4),
  cpuTimeLimit: fromSeconds(2),
  shutdownTimeout: fromSeconds(2),
});

export const under = (modWsgi: ModWsgiRelease, deployment: ApacheDeployment): ApacheDeployment => ({
  ...deployment,
  server: { ...deployment.server, modWsgi },
});

/** Each request may take two seconds, and is then interrupted. */
export const interrupting = under(
  '6',
  oneGroup({
    threads: 1,
    requestTimeout: fromSeconds(2),
    interruptTimeout: fromSeconds(2),
    shutdownTimeout: fromSeconds(2),
  }),
);

/** Two children of worker, which keep connections when the server restarts gracefully, and a daemon group. */
export const keeping = (surroundings: Partial<ServerSurroundings>): ApacheDeployment => {
  const { children, server } = embeddedOn('worker', { StartServers: 1, ThreadsPerChild: 4, MaxRequestWorkers: 8 });
  return { ...oneGroup({ threads: 2 }), children, server, surroundings: { ...plainServer, ...surroundings } };
};
