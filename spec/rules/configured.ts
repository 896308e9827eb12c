/** What the configuration says about one request, level by level, before anything is expanded. */
import type { ApacheDeployment, Host, ScriptAlias } from '../deployments/apache.ts';
import { type Route, type RoutedMount, route, type SettingLevel, settingLevels } from '../routing/route.ts';
import type { Address } from '../trace.ts';
import type { Entry, RequestHistory } from './histories.ts';
import { rememberedByText } from './remember.ts';
import type { ApacheRun } from './rule.ts';

/** The two directives that choose where a request runs. */
export type GroupSetting = 'processGroup' | 'applicationGroup';
export const groupSettings: readonly GroupSetting[] = ['processGroup', 'applicationGroup'];

/** Where the configuration sends a request. */
export const routeOf = ({ deployment }: ApacheRun, { sent }: RequestHistory): Route =>
  routesOf(deployment, textOf(sent.to));
const routesOf = rememberedByText((deployment: ApacheDeployment, to) => route(deployment, addressOf(to)));

const textOf = (to: Address): string => JSON.stringify(to);
const addressOf = (text: string): Address => JSON.parse(text) as Address;

/** A request that reached an application, with the mount it was configured to reach. */
export interface MountedEntry extends Entry {
  readonly mount: RoutedMount;
  readonly host: Host;
}

/** The entries of requests that the configuration sends to an application. */
export const mounted = (run: ApacheRun, entries: readonly Entry[]): readonly MountedEntry[] =>
  entries.flatMap((entry) => {
    const to = routeOf(run, entry.request);
    if (to.kind !== 'application') return [];
    return [{ ...entry, mount: to.mount, host: run.deployment.hosts[to.mount.host] ?? run.deployment.hosts[0] }];
  });

/** Every place in the configuration that has a say in a request, in the order of merging; the alias is not among them. */
const levelsOf = ({ deployment }: ApacheRun, { request }: MountedEntry): readonly SettingLevel[] =>
  levelsAt(deployment, textOf(request.sent.to));
const levelsAt = rememberedByText((deployment: ApacheDeployment, text): readonly SettingLevel[] => {
  const to = routesOf(deployment, text);
  if (to.kind === 'unmapped') return [];
  return settingLevels(deployment, to.mount.host, to.mount.script, addressOf(text).path, to.mount.pathInfo);
});

/** What is written outside every section: the virtual host's word over the main server's. */
export const outsideSections = (run: ApacheRun, entry: MountedEntry, setting: GroupSetting): string | undefined =>
  levelsOf(run, entry).findLast(({ section, settings }) => section === null && settings[setting] !== undefined)
    ?.settings[setting];

/** What the sections that cover a request say, in the order of merging: the last one wins. */
export const insideSections = (run: ApacheRun, entry: MountedEntry, setting: GroupSetting): readonly string[] =>
  levelsOf(run, entry).flatMap(({ section, settings }) => (section === null ? [] : (settings[setting] ?? [])));

/** What directives say, sections before the levels outside them; not what the alias says. */
export const byDirectives = (run: ApacheRun, entry: MountedEntry, setting: GroupSetting): string | undefined =>
  insideSections(run, entry, setting).at(-1) ?? outsideSections(run, entry, setting);

/** The value that holds before expansion; undefined where it is written nowhere. */
export const written = (run: ApacheRun, entry: MountedEntry, setting: GroupSetting): string | undefined =>
  entry.mount.alias.settings[setting] ?? byDirectives(run, entry, setting);

/** The variable that SetEnv gives a request; undefined where none does. */
export const variable = (run: ApacheRun, entry: MountedEntry, name: string): string | undefined =>
  levelsOf(run, entry).findLast(({ settings }) => settings.env?.[name] !== undefined)?.settings.env?.[name];

/** An alias that matches a request, with the route it would give if there were no other. */
export interface Claim {
  readonly alias: ScriptAlias;
  readonly route: Route;
}

/** The aliases that match a request, in the order in which the server tries them. */
export const claimsOn = ({ deployment }: ApacheRun, { sent }: RequestHistory): readonly Claim[] =>
  claimsAt(deployment, textOf(sent.to));
const claimsAt = rememberedByText((deployment: ApacheDeployment, text): readonly Claim[] => {
  const decided = routesOf(deployment, text);
  const host = deployment.hosts[decided.kind === 'unmapped' ? decided.host : decided.mount.host] ?? deployment.hosts[0];
  const main = deployment.hosts[0];
  const tried = host === main ? main.scriptAliases : [...host.scriptAliases, ...main.scriptAliases];
  return tried.flatMap((alias) => {
    const alone = withHosts(deployment, (one) => ({
      ...one,
      scriptAliases: one.scriptAliases.filter((other) => other === alias),
    }));
    const answer = route(alone, addressOf(text));
    return answer.kind === 'unmapped' ? [] : [{ alias, route: answer }];
  });
});

const withHosts = (deployment: ApacheDeployment, change: (host: Host) => Host): ApacheDeployment => {
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
 * guesses one. Source: mod_wsgi 4.9.4, wsgi_application_group.
 */
export const serverGroups = (run: ApacheRun, entry: MountedEntry): readonly string[] | null => {
  // A virtual host without a name takes the main server's. Source: httpd, ap_fini_vhost_config.
  const serverName = entry.host.serverName ?? run.deployment.hosts[0].serverName;
  return serverName === null ? null : portsOf(run, entry).map((port) => named(serverName, port));
};

/** The names that `%{HOST}` may have for a request. */
export const hostGroups = (run: ApacheRun, entry: MountedEntry): readonly string[] =>
  portsOf(run, entry).map((port) => named(entry.request.sent.to.host.toLowerCase(), port));

/**
 * The ports that a request may have: the Host header's, else the server's own, which UseCanonicalName On always takes.
 * Source: httpd, ap_get_server_port.
 */
function portsOf(run: ApacheRun, entry: MountedEntry): readonly number[] {
  const { port, namedPort } = entry.request.sent.to;
  const { host } = entry;
  const ofAddress = host.addresses[0]?.port ?? run.deployment.hosts[0].serverPort;
  const own = (host.serverName === null ? ofAddress : host.serverPort) ?? 80;
  if (levelsOf(run, entry).findLast(({ settings }) => settings.canonicalName !== undefined)?.settings.canonicalName)
    return [own];
  if (namedPort !== undefined) return [namedPort ?? own];
  // A client leaves a default port out of the Host header.
  return isDefaultPort(port) ? [port, own] : [port];
}

const named = (server: string, port: number): string => (isDefaultPort(port) ? server : `${server}:${port}`);
const isDefaultPort = (port: number): boolean => port === 80 || port === 443;
