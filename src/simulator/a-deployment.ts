/** Deployments for tests, to which a test adds only what it is about. */

import {
  type ApacheDeployment,
  type ChildPool,
  type DaemonGroup,
  type Host,
  noFiles,
  type ScriptAlias,
} from '../../spec/deployments/apache.ts';
import { defaultGroup } from '../../spec/deployments/defaults.ts';
import { plainLimits } from '../../spec/serving/request-limits.ts';
import { plainServer } from '../../spec/serving/surroundings.ts';
import type { Address } from '../../spec/trace.ts';
import { millis } from '../../spec/vocabulary.ts';

const off = millis(0);

/** A group with mod_wsgi's defaults. */
export const aDaemonGroup = (name: string, options: Partial<DaemonGroup> = {}): DaemonGroup => ({
  name,
  host: 0,
  ...defaultGroup,
  ...options,
});

/** Two children of eight threads under event, as many under worker; under prefork a child has one thread. */
export const aChildPool = (options: Partial<ChildPool> = {}): ChildPool => ({
  startServers: 2,
  threadsPerChild: 8,
  maxRequestWorkers: 16,
  serverLimit: 2,
  threadLimit: 64,
  spare: { min: 1, max: 100 },
  maxConnectionsPerChild: 0,
  listenBacklog: 511,
  gracefulShutdownTimeout: off,
  ...options,
});

/** One host on port 80; `mounts` are its aliases in order, by URL. */
export const aDeployment = (
  mounts: Readonly<Record<string, ScriptAlias['settings'] & { readonly script?: string }>>,
  { host, ...options }: Partial<Omit<ApacheDeployment, 'hosts'>> & { readonly host?: Partial<Host> } = {},
): ApacheDeployment => ({
  kind: 'apache',
  server: { mpm: 'event', modWsgi: '4.9' },
  listens: [{ address: '*', port: 80 }],
  children: aChildPool(),
  daemons: [],
  preloads: [],
  restrictEmbedded: false,
  surroundings: plainServer,
  limits: plainLimits,
  ...options,
  hosts: [
    {
      serverName: 'localhost',
      serverPort: null,
      serverAliases: [],
      addresses: [],
      settings: {},
      sections: [],
      files: noFiles,
      scriptAliases: Object.entries(mounts).map(([url, { script, ...settings }]) => ({
        match: 'prefix',
        url,
        script: script ?? `/srv${url}.wsgi`,
        settings,
      })),
      ...host,
    },
  ],
});

/** Where a client asks for a path of such a deployment. */
export const at = (path: string): Address => ({ host: 'localhost', port: 80, path });
