/**
 * Where a deployment can be asked: every URL under which a client reaches a script, on every host and port. The
 * prediction lists these, and the probe visits them.
 */
import type { ApacheDeployment, Host, ScriptAlias, Section } from '../deployments/apache.ts';
import type { Address } from '../trace.ts';
import { chooseHost, type Route, type RoutingWorld, route } from './route.ts';

/** One URL under which a script is mounted, seen from one host and port. */
export type Mount = {
  /** The name a client puts into its Host header, without the port. */
  readonly host: string;
  readonly port: number;
  /** The alias's URL as written, or the path of a Location section below it that routes otherwise. */
  readonly url: string;
  readonly alias: ScriptAlias;
  /** Another alias or section already answers this URL, so this mount never sees a request. */
  readonly shadowed: boolean;
} & (
  | { readonly address: Address; readonly route: Route }
  /** Only a client knows which paths a pattern matches; there is no address to ask. */
  | { readonly address: null; readonly route: null }
);

/**
 * Lists the mounts of a deployment: hosts in the order configured, each with its listening ports in the order
 * configured, each with its aliases in the order Apache tries them, each alias followed by the Location paths below it
 * that lead to another process group, interpreter, callable or answer.
 *
 * A host that no request can select on a port (another host of the same name stands before it) has no mount there.
 */
export const mountsOf = (deployment: ApacheDeployment, world: RoutingWorld = {}): readonly Mount[] =>
  reachedHosts(deployment).flatMap(({ host, at }) => mountsOfHost(deployment, host, at, world));

/** A host as a request reaches it. */
export interface ReachedHost {
  readonly host: Host;
  /** A name for the Host header that selects it, and the port. */
  readonly at: { readonly host: string; readonly port: number };
}

/** Hosts in the order configured, each with those of the listening ports on which a request can select it. */
export function reachedHosts(deployment: ApacheDeployment): readonly ReachedHost[] {
  const ports = [...new Set(deployment.listens.map((listen) => listen.port))];
  return deployment.hosts.flatMap((host, index) =>
    ports.flatMap((port) => {
      const name = nameSelecting(deployment, index, port);
      return name === null ? [] : [{ host, at: { host: name, port } }];
    }),
  );
}

/** How reports name a mount: `host:port/url`. */
export const mountName = (mount: Pick<Mount, 'host' | 'port' | 'url'>): string =>
  `${mount.host}:${mount.port}${mount.url}`;

function mountsOfHost(
  deployment: ApacheDeployment,
  host: Host,
  at: { readonly host: string; readonly port: number },
  world: RoutingWorld,
): readonly Mount[] {
  const main = deployment.hosts[0];
  const inherited = <T>(of: (host: Host) => readonly T[]): readonly T[] =>
    host === main ? of(main) : [...of(host), ...of(main)];
  const paths = [...new Set(inherited((h) => h.sections).flatMap(locationPath))];
  const ask = (path: string): Route => route(deployment, { ...at, path }, world);
  // Every alias looks at every one of them: a site with hundreds of both would otherwise ask each again and again.
  const answers = paths.map((path) => ({ path, answer: ask(path) }));
  return inherited((h) => h.scriptAliases).flatMap((alias): readonly Mount[] => {
    const path = aliasPath(alias);
    const answer = path === null ? null : ask(path);
    if (path === null || answer === null || answer.kind === 'unmapped')
      return [{ ...at, url: alias.url, alias, shadowed: answer !== null, address: null, route: null }];
    const own: Mount = {
      ...at,
      url: alias.match === 'prefix' ? alias.url : path,
      alias,
      shadowed: answer.mount.alias !== alias,
      address: { ...at, path },
      route: answer,
    };
    const below = answers
      .filter((candidate) => candidate.path !== path)
      .filter(({ answer: other }) => other.kind !== 'unmapped' && other.mount.alias === alias)
      .filter(({ answer: other }) => destination(other) !== destination(answer))
      .map(
        (found): Mount => ({
          ...at,
          url: found.path,
          alias,
          shadowed: false,
          address: { ...at, path: found.path },
          route: found.answer,
        }),
      );
    return [own, ...below];
  });
}

/** What distinguishes two routes for somebody who asks where a request runs. */
function destination(answer: Route): string {
  if (answer.kind === 'unmapped') return 'unmapped';
  const { script, processGroup, applicationGroup, callable, scriptReloading, passAuthorization } = answer.mount;
  return JSON.stringify([
    answer.kind === 'refused' ? answer.why : '',
    script,
    processGroup,
    applicationGroup,
    callable,
    scriptReloading,
    passAuthorization,
  ]);
}

/** A Host header that makes the server choose this host on this port; null where none does. */
function nameSelecting(deployment: ApacheDeployment, index: number, port: number): string | null {
  const host = deployment.hosts[index] ?? deployment.hosts[0];
  // A virtual host without a name of its own is known by the main server's, and by its addresses.
  const names = [
    host.serverName ?? deployment.hosts[0].serverName,
    ...host.serverAliases.map(withoutWildcards),
    ...host.addresses.map(({ address }) => address).filter((address) => address !== '*'),
    'localhost',
  ].filter((name) => name !== null);
  return names.find((name) => chooseHost(deployment, { host: name, port, path: '/' }) === index) ?? null;
}

/** A path that an alias's own URL names; null where only a client can know one. */
const aliasPath = (alias: ScriptAlias): string | null => {
  const path = alias.match === 'prefix' ? alias.url : literalPrefix(alias.url);
  return path?.startsWith('/') ? path : null;
};

/** A path inside a Location section, where the section itself shows one. */
function locationPath(section: Section): readonly string[] {
  if (section.kind !== 'location') return [];
  const path = section.match === 'regex' ? literalPrefix(section.pattern) : withoutWildcards(section.pattern);
  return path?.startsWith('/') ? [path] : [];
}

/** The text a pattern such as `^/api` or `^/api$` stands for; null where it holds more than literal text. */
const literalPrefix = (pattern: string): string | null => /^\^?([\w/~-]+)\$?$/.exec(pattern)?.[1] ?? null;

/** One name that a pattern with `*` and `?` matches; other wildcards are left, and then match nothing. */
const withoutWildcards = (glob: string): string => glob.replaceAll('*', 'any').replaceAll('?', 'a');
