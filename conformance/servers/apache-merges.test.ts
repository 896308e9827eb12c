import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApacheDeployment, Host, ScriptAlias, Section } from '../../spec/deployments/apache.ts';
import { route } from '../../spec/routing/route.ts';
import type { Step } from '../../spec/scenario.ts';
import { type Address, eventsOf } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { apacheWorld } from '../adapters/apache.ts';
import { findApache, serversAreRequired } from './find-apache.ts';

const apache = findApache();
const skipped = apache === null && !serversAreRequired();
const title = skipped ? 'How a real Apache merges (skipped: no Apache with mod_wsgi here)' : 'How a real Apache merges';

/** How many servers are started; each has a dozen virtual hosts and takes about a second. */
const { WSGISCOPE_RUNS: runsWanted } = process.env;
const runs = Number(runsWanted ?? 8);

const alias = (url: string, script: string): ScriptAlias => ({ match: 'prefix', url, script, settings: {} });
const scriptAliases = [
  alias('/shop', '/srv/www/shop.wsgi'),
  alias('/blog', '/srv/www/blog/blog.wsgi'),
  alias('/api', '/opt/www/api.wsgi'),
];
const paths = scriptAliases.flatMap(({ url }) => [url, `${url}/`, `${url}/page`]);

type Named = Pick<Section, 'match' | 'pattern'>;
const exact = (...patterns: readonly string[]): readonly Named[] =>
  patterns.map((pattern) => ({ match: 'exact', pattern }));
const regex = (...patterns: readonly string[]): readonly Named[] =>
  patterns.map((pattern) => ({ match: 'regex', pattern }));

/** Each section names itself as the application group, so that the group tells which section won. */
const section = (kind: Section['kind'], named: Named, within: Named | null): Section => ({
  kind,
  ...named,
  within,
  settings: { applicationGroup: [kind, named.pattern, within?.pattern ?? ''].join(' ').trim() },
});

const anyDirectory = fc.constantFrom(
  ...exact('/', '/srv', '/srv/www', '/srv/www/', '/srv/www/blog', '/srv/ww', '/opt/www/api.wsgi'),
  ...exact('/*', '/srv/*', '/srv/www/*', '/*/www', '/*/*/*', '/srv/w?[v-x]', '/srv/w*/shop.*'),
  ...regex('shop', '^/srv/www/', '^/srv/www/blog/', 'wsgi$', '^/opt|blog', '/www/', '(?i)WWW', '^/srv/www$'),
);
const anyFiles = fc.constantFrom(
  ...exact('shop.wsgi', '*.wsgi', 'b*', 'shop', '[a-c]*.wsgi'),
  ...regex('^shop', 'i$', '^.{9}$', 'srv'),
);
const anyLocation = fc.constantFrom(
  ...exact('/', '/shop', '/shop/', '/sho', '/*', '/b*', '/*/page', '/blog/page', '/[ab]*'),
  ...regex('^/shop', 'page$', '/$', '^/(api|blog)$'),
);
const anySections: fc.Arbitrary<readonly Section[]> = fc.oneof(
  { weight: 4, arbitrary: anyDirectory.map((named) => [section('directory', named, null)]) },
  { weight: 2, arbitrary: anyFiles.map((named) => [section('files', named, null)]) },
  { weight: 1, arbitrary: anyLocation.map((named) => [section('location', named, null)]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyDirectory, anyFiles)
      .map(([outer, inner]) => [section('directory', outer, null), section('files', inner, outer)]),
  },
);
/** Where there is a Location it always wins, so most hosts have none. */
const anyHost = fc.array(anySections, { minLength: 1, maxLength: 5 }).map((sections) => sections.flat());

/** A main server with the aliases, and a virtual host for each list of sections. */
function deploymentOf(lists: readonly (readonly Section[])[]): ApacheDeployment {
  const text = 'Listen 8080\nServerName main.example\nStartServers 1\nServerLimit 1\n';
  const input = {
    file: '/site.conf',
    text,
    source: filesInMemory({}),
    modWsgi: apache?.modWsgi.release ?? '4.9',
  } as const;
  const { deployment } = readApache(input);
  if (!deployment) throw new Error('the plain configuration is not accepted');
  const [main] = deployment.hosts;
  const virtual = lists.map(
    (sections, index): Host => ({
      ...main,
      serverName: `v${index}.example`,
      addresses: [{ address: '*', port: 8080 }],
      sections,
    }),
  );
  return { ...deployment, hosts: [{ ...main, scriptAliases }, ...virtual] };
}

describe.skipIf(skipped)(title, () => {
  it('sections of every kind, in any order and number, is how requests are routed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyHost, { minLength: 12, maxLength: 12 }), async (lists) => {
        if (apache === null) throw new Error('WSGISCOPE_REQUIRE=all, and no Apache with mod_wsgi on this machine');
        const deployment = deploymentOf(lists);
        const addresses = lists.flatMap((_, index) =>
          paths.map((path): Address => ({ host: `v${index}.example`, port: 8080, path })),
        );
        const steps = addresses.map((to, index): Step => ({ do: 'request', request: requestId(index + 1), to }));
        const trace = await apacheWorld({ mpm: 'event', apache }).run(
          { deployment, steps },
          AbortSignal.timeout(60_000),
        );
        const groups = new Map(
          eventsOf(trace, 'observation').map((event) => [event.request, event.seen.applicationGroup]),
        );
        const told = (to: Address, group: string | null | undefined): string => `${to.host}${to.path} → ${group}`;
        expect(addresses.map((to, index) => told(to, groups.get(requestId(index + 1))))).toEqual(
          addresses.map((to) => {
            const answer = route(deployment, to);
            return told(to, answer.kind === 'application' ? answer.mount.applicationGroup : answer.kind);
          }),
        );
      }),
      { numRuns: runs, interruptAfterTimeLimit: 20_000, endOnFailure: true },
    );
  });
});
