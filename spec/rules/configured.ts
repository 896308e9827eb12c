/** What the configuration says about one request, level by level, before anything is expanded. */
import type { Deployment, Host, ScriptAlias, Section, Settings } from '../deployment.ts';
import { mergedSettings, type Route, type RoutedMount, route } from '../route.ts';
import type { Address } from '../trace.ts';
import type { Entry, RequestHistory } from './histories.ts';
import type { Run } from './rule.ts';

/** The two directives that choose where a request runs. */
export type GroupSetting = 'processGroup' | 'applicationGroup';
export const groupSettings: readonly GroupSetting[] = ['processGroup', 'applicationGroup'];

/** Where the configuration sends a request. */
export const routeOf = (run: Run, request: RequestHistory): Route => route(run.deployment, request.sent.to);

/** A request that reached an application, with the mount it was configured to reach. */
export interface MountedEntry extends Entry {
  readonly mount: RoutedMount;
  readonly host: Host;
}

/** The entries of requests that the configuration sends to an application. */
export const mounted = (run: Run, entries: readonly Entry[]): readonly MountedEntry[] =>
  entries.flatMap((entry) => {
    const to = routeOf(run, entry.request);
    if (to.kind !== 'application') return [];
    return [{ ...entry, mount: to.mount, host: run.deployment.hosts[to.mount.host] ?? run.deployment.hosts[0] }];
  });

/** What is written outside every section: the virtual host's word over the main server's. */
export const outsideSections = (deployment: Deployment, mount: RoutedMount, path: string): Settings =>
  mergedSettings(
    onlySections(deployment, () => null),
    mount.host,
    mount.script,
    path,
  );

/** What is written outside and inside sections, merged; not what the alias itself says. */
export const withSections = (deployment: Deployment, mount: RoutedMount, path: string): Settings =>
  mergedSettings(deployment, mount.host, mount.script, path);

/** The value that holds before expansion; undefined where it is written nowhere. */
export const written = (run: Run, entry: MountedEntry, setting: GroupSetting): string | undefined =>
  entry.mount.alias.settings[setting] ?? withSections(run.deployment, entry.mount, pathOf(entry))[setting];

export const pathOf = (entry: Entry): string => entry.request.sent.to.path;

/** The sections that cover a request, in the order configured. */
export function sectionsCovering(deployment: Deployment, mount: RoutedMount, path: string): readonly Section[] {
  const host = deployment.hosts[mount.host] ?? deployment.hosts[0];
  const sections = host === deployment.hosts[0] ? host.sections : [...deployment.hosts[0].sections, ...host.sections];
  // A section covers a request when a setting that stands in this section alone reaches it.
  return sections.filter((section) => {
    const alone = onlySections(deployment, (one) =>
      one === section ? { ...one, settings: { callableObject: marker } } : null,
    );
    return mergedSettings(alone, mount.host, mount.script, path).callableObject === marker;
  });
}
const marker = '\u0000covered';

const onlySections = (deployment: Deployment, keep: (section: Section) => Section | null): Deployment =>
  withHosts(deployment, (host) => ({
    ...host,
    sections: host.sections.map(keep).filter((section) => section !== null),
  }));

/** The aliases that match a request, in the order in which the server tries them, each with the route it would give. */
export function aliasesMatching(deployment: Deployment, to: Address): readonly { alias: ScriptAlias; route: Route }[] {
  const decided = route(deployment, to);
  const host = deployment.hosts[decided.kind === 'unmapped' ? decided.host : decided.mount.host] ?? deployment.hosts[0];
  const main = deployment.hosts[0];
  const tried = host === main ? main.scriptAliases : [...host.scriptAliases, ...main.scriptAliases];
  return tried.flatMap((alias) => {
    const alone = withHosts(deployment, (one) => ({
      ...one,
      scriptAliases: one.scriptAliases.filter((other) => other === alias),
    }));
    const answer = route(alone, to);
    return answer.kind === 'unmapped' ? [] : [{ alias, route: answer }];
  });
}

const withHosts = (deployment: Deployment, change: (host: Host) => Host): Deployment => {
  const [main, ...others] = deployment.hosts;
  return { ...deployment, hosts: [change(main), ...others.map(change)] };
};

/**
 * The group that a value names without looking at the request; null where the value is an expansion that depends on it.
 * Source: mod_wsgi 4.9.4, wsgi_process_group: only a value that begins with `%` is looked at.
 */
export const literalGroup = (value: string): string | null => {
  if (value === '%{GLOBAL}') return '';
  return isExpansion(value) ? null : value;
};

/** Whether mod_wsgi recognises the value as an expansion; it does so only for a whole value. */
export const isExpansion = (value: string): boolean => /^%\{(GLOBAL|RESOURCE|SERVER|HOST|ENV:.*)\}$/.test(value);

/**
 * The names that `%{SERVER}` may have for a request; null where the configuration gives no ServerName and the server
 * guesses one. Source: mod_wsgi 4.9.4, wsgi_application_group; httpd, ap_get_server_port: the Host header's port, else
 * the one of the server.
 */
export const serverGroups = ({ host, request }: MountedEntry): readonly string[] | null => {
  const { serverName } = host;
  return serverName === null ? null : portsOf(host, request).map((port) => named(serverName, port));
};

/** The names that `%{HOST}` may have for a request. */
export const hostGroups = ({ host, request }: MountedEntry): readonly string[] =>
  portsOf(host, request).map((port) => named(request.sent.to.host.toLowerCase(), port));

const portsOf = (host: Host, { sent }: RequestHistory): readonly number[] => {
  const said = sent.to.port;
  if (!isDefaultPort(said)) return [said];
  // A client leaves a default port out of the Host header, and the server then takes its own.
  return [said, host.serverPort, host.addresses[0]?.port].filter((port) => typeof port === 'number');
};

const named = (server: string, port: number): string => (isDefaultPort(port) ? server : `${server}:${port}`);
const isDefaultPort = (port: number): boolean => port === 80 || port === 443;
