/** Servers that are Python libraries, each in one process. */
import fc from 'fast-check';
import { plainWorld } from '../adapters/plain.ts';
import { type PlainServer, plainServers } from '../adapters/plain-runners.ts';
import { anyPlain } from '../arbitraries/worker-deployments.ts';
import type { KitTarget } from '../kit/target.ts';
import { pythonWith } from './find-python.ts';

/** As many threads as there are requests: werkzeug starts one for each. */
const unlimited = Number.MAX_SAFE_INTEGER;

const threadsOf: Readonly<Record<PlainServer, fc.Arbitrary<number>>> = {
  waitress: fc.integer({ min: 1, max: 4 }),
  cheroot: fc.integer({ min: 1, max: 4 }),
  werkzeug: fc.constantFrom(1, unlimited),
  wsgiref: fc.constant(1),
};

export const plainTargets: readonly KitTarget[] = plainServers.map((server) => ({
  id: server,
  title: server === 'wsgiref' ? "wsgiref, Python's own server" : server,
  find: async () => {
    const found = await pythonWith(server);
    if (found === null) return { kind: 'missing', what: server, fix: `apt-get install python3-${server}` };
    const { python, title, versions } = found;
    const [version = ''] = versions;
    return {
      kind: 'found',
      version: `${server} ${version} on ${title}`,
      world: (options) => plainWorld({ server, python, version }, options),
    };
  },
  deployments: anyPlain({ server, threads: threadsOf[server] }),
}));
