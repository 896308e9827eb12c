import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApacheDeployment, type Host, type Mpm, mpms, type Section } from '../../spec/deployments/apache.ts';
import { flagsOf } from '../../spec/flags.ts';
import { route } from '../../spec/routing/route.ts';
import type { Step } from '../../spec/scenario.ts';
import { type Address, eventsOf, type Trace } from '../../spec/trace.ts';
import { requestId } from '../../spec/vocabulary.ts';
import { apacheWorld } from '../adapters/apache.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { findApache, serversAreRequired } from './find-apache.ts';

const apache = findApache();
const skipped = apache === null && !serversAreRequired();
const title = skipped
  ? 'What a real Apache reports (skipped: no Apache with mod_wsgi here)'
  : 'What a real Apache reports';

/** How many deployments each MPM runs, time permitting; one takes some 200 ms. */
const { WSGISCOPE_RUNS: runsWanted } = process.env;
const runs = Number(runsWanted ?? 20);

const scripts = ['/srv/www/shop.wsgi', '/srv/www/blog/blog.wsgi', '/opt/api.wsgi'] as const;
const ports = [80, 8080] as const;

const anyAddress: fc.Arbitrary<Address> = fc.record({
  host: fc.constantFrom(
    'main.example',
    'one.example',
    'Two.Example',
    'www.two.example',
    'a.wild.example',
    'other.test',
  ),
  port: fc.constantFrom(...ports),
  path: fc.constantFrom(
    ...['/', '/a', '/a/', '/a/b', '/a//b/../x', '/A', '/ab', '/a/b/c', '/b', '/b/', '/b/x', '/x y'],
    ...['/m/shop', '/m/shop/x', '/m/blog/blog', '/m/blogs'],
  ),
});

/** What one request shows of where it ran: all of it, or only that no application did. */
interface Sight {
  /** null where no script is asked, and it is for Apache's own files and their access rules to say. */
  readonly status: number | string | null;
  readonly seen: {
    readonly scriptName: string;
    readonly pathInfo: string;
    readonly processGroup: string | null;
    readonly applicationGroup: string | null;
    readonly multithread: boolean;
    readonly multiprocess: boolean;
    readonly runOnce: boolean;
  } | null;
}

function predicted(deployment: ApacheDeployment, to: Address): Sight {
  const answer = route(deployment, to);
  if (answer.kind === 'unmapped') return { status: null, seen: null };
  const { scriptName, pathInfo, processGroup, applicationGroup, script } = answer.mount;
  // Whether one may come in is asked first, then whether there is a file, and only then where it is to run.
  const isRefused = answer.kind === 'refused';
  if (isRefused && answer.why === 'access-denied') return { status: answer.status, seen: null };
  if (!scripts.some((known) => known === script)) return { status: 404, seen: null };
  if (isRefused) return { status: answer.status, seen: null };
  const flags = flagsOf(deployment, processGroup);
  if (flags === null) throw new Error(`no group ${processGroup}, and yet the request is not refused`);
  return { status: 200, seen: { scriptName, pathInfo, processGroup, applicationGroup, ...flags } };
}

function observed(trace: Trace, request: string): Sight {
  const seen = eventsOf(trace, 'observation').find((event) => event.request === request)?.seen;
  const failure = eventsOf(trace, 'request.failed').find((event) => event.request === request)?.reason;
  const status = eventsOf(trace, 'request.finished').find((event) => event.request === request)?.status ?? `${failure}`;
  if (!seen) return { status, seen: null };
  const { scriptName, pathInfo, processGroup, applicationGroup, multithread, multiprocess, runOnce } = seen;
  return {
    status,
    seen: { scriptName, pathInfo, processGroup, applicationGroup, multithread, multiprocess, runOnce },
  };
}

/** What is written rarely, and where the server surprises. */
const twists: readonly ((deployment: ApacheDeployment) => ApacheDeployment)[] = [
  // A virtual host without a name, which takes the main server's and the port of its own address.
  (deployment) => changeHosts(deployment, (host, index) => (index === 1 ? { ...host, serverName: null } : host)),
  // A virtual host of every port, which comes after those of the very port.
  (deployment) =>
    changeHosts(deployment, (host, index) =>
      index === 2 ? { ...host, addresses: [{ address: '*', port: null }] } : host,
    ),
  // Patterns that cover directories, the file itself, or neither.
  ...['/srv/*', '/srv/www/*', '/*/www', '/srv/www/shop.wsgi', '/opt/*.wsgi', '/srv/w?[v-x]/blog'].map(
    (pattern) => (deployment: ApacheDeployment) => withSection(deployment, { match: 'exact', pattern }),
  ),
  // Regular expressions, which are merged by their slashes and see the file's name.
  ...['shop', '^/srv/www/blog', 'wsgi$', '^/srv/[^/]+/$', '^/opt|blog'].map(
    (pattern) => (deployment: ApacheDeployment) => withSection(deployment, { match: 'regex', pattern }),
  ),
  // An alias that is an expression.
  (deployment) =>
    changeHosts(deployment, (host) => ({
      ...host,
      scriptAliases: [
        { match: 'pattern', url: '^/m/(shop|blog/blog)', script: '/srv/www/$1.wsgi', settings: {} },
        ...host.scriptAliases,
      ],
    })),
  // Names in tables that ignore case.
  (deployment) =>
    changeHosts(deployment, (host) => ({
      ...host,
      settings: { ...host.settings, env: { group: 'lower' }, restrictProcess: ['%{GLOBAL}', 'ALPHA', 'Beta'] },
    })),
  // A daemon process for each single request.
  (deployment) => ({
    ...deployment,
    daemons: deployment.daemons.map((daemon, index) =>
      index === 0 ? { ...daemon, threads: 1, maximumRequests: 1 } : daemon,
    ),
  }),
];

const changeHosts = (deployment: ApacheDeployment, change: (host: Host, index: number) => Host): ApacheDeployment => {
  const [main, ...virtual] = deployment.hosts;
  return { ...deployment, hosts: [change(main, 0), ...virtual.map((host, index) => change(host, index + 1))] };
};

const withSection = (deployment: ApacheDeployment, named: Pick<Section, 'match' | 'pattern'>): ApacheDeployment =>
  changeHosts(deployment, (host, index) => {
    const settings = { applicationGroup: `${index}${named.pattern}` };
    return { ...host, sections: [{ kind: 'directory', ...named, within: null, settings }, ...host.sections] };
  });

const withoutRetiring = (deployment: ApacheDeployment): ApacheDeployment => ({
  ...deployment,
  children: { ...deployment.children, maxConnectionsPerChild: 0 },
});

async function compare(mpm: Mpm, deployment: ApacheDeployment, addresses: readonly Address[]): Promise<void> {
  if (apache === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no Apache with mod_wsgi on this machine');
  const steps = addresses.map((to, index): Step => ({ do: 'request', request: requestId(index + 1), to }));
  const trace = await apacheWorld({ mpm, apache }).run({ deployment, steps }, AbortSignal.timeout(60_000));
  const expected = addresses.map((to) => ({ to, ...predicted(deployment, to) }));
  const sights = expected.map(({ to, status }, index) => {
    const sight = observed(trace, requestId(index + 1));
    return { to, ...sight, status: status === null ? null : sight.status };
  });
  expect(sights).toEqual(expected);
}

describe.skipIf(skipped)(title, () => {
  it.each(mpms)('under %s is the groups, flags and paths that are predicted', async (mpm) => {
    const anyFor = anyDeployment({ scripts, ports, ...(apache ? { modWsgi: apache.modWsgi.release } : {}) });
    await fc.assert(
      fc.asyncProperty(
        anyFor.filter(({ server }) => server.mpm === mpm),
        fc.subarray([...twists], { maxLength: 3 }),
        fc.array(anyAddress, { minLength: 6, maxLength: 12 }),
        // An event child that retires after its last connection may lose the next one, so children do not retire here.
        (deployment, chosen, addresses) =>
          compare(mpm, withoutRetiring(chosen.reduce((twisted, twist) => twist(twisted), deployment)), addresses),
      ),
      { numRuns: runs, interruptAfterTimeLimit: 28_000, endOnFailure: true },
    );
  });
});
