/**
 * Which script answers a request, where, and in which interpreter. One pure function serves the prediction, the
 * simulator and the gateway. Sources: mod_wsgi 4.9.4, `wsgi_hook_intercept`, `wsgi_create_req_config`,
 * `wsgi_process_group`, `wsgi_application_group`; httpd, `ap_directory_walk`, `ap_file_walk`, `ap_location_walk`.
 */
import type { Deployment, Host, ScriptAlias, Section, Settings } from './deployment.ts';
import type { Address } from './trace.ts';
import type { ApplicationGroup, ProcessGroupName } from './vocabulary.ts';

/** Where a request ends up. */
export type Route =
  | { readonly kind: 'application'; readonly mount: RoutedMount }
  /** The server answers with an error of its own and no application runs. */
  | {
      readonly kind: 'refused';
      readonly status: 403 | 404 | 500;
      readonly why: RefusalReason;
      readonly mount: RoutedMount;
    }
  /** No WSGIScriptAlias matches: the request is for a static file or for nothing. */
  | { readonly kind: 'unmapped'; readonly host: number };

export type RefusalReason =
  | 'process-group-undefined'
  | 'process-group-of-another-host'
  | 'process-group-restricted'
  | 'embedded-restricted'
  | 'access-denied'
  | 'script-not-absolute';

/** One request's script and the place it runs in. */
export interface RoutedMount {
  /** Index into `deployment.hosts`. */
  readonly host: number;
  /** Index into that host's effective list: its own aliases, then those of the main server. */
  readonly alias: ScriptAlias;
  readonly script: string;
  readonly scriptName: string;
  readonly pathInfo: string;
  /** `''` is embedded mode. */
  readonly processGroup: ProcessGroupName;
  readonly applicationGroup: ApplicationGroup;
  readonly callable: string;
  readonly scriptReloading: boolean;
  readonly passAuthorization: boolean;
}

/** What routing must ask the machine it runs on; the default answers "no" and "nothing". */
export interface RoutingWorld {
  /** Whether an alias target is a directory of scripts. */
  isDirectory?(path: string): boolean;
  /** The server's own environment, for `%{ENV:name}`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Follows one request through the configuration. `to.host` is the Host header without port; `to.path` is decoded. */
export function route(deployment: Deployment, to: Address, world: RoutingWorld = {}): Route {
  const hostIndex = chooseHost(deployment, to);
  const host = hostAt(deployment, hostIndex);
  const main = deployment.hosts[0];
  const aliases = host === main ? host.scriptAliases : [...host.scriptAliases, ...main.scriptAliases];
  for (const alias of aliases) {
    const target = matchAlias(alias, to.path);
    if (target === null) continue;
    const { script, pathInfo } = splitPathInfo(target.base, target.rest, world);
    const settings = mergedSettings(deployment, hostIndex, script, to.path);
    const scriptName = scriptNameOf(to.path, pathInfo);
    const expand = expander(host, to, scriptName, settings.env ?? {}, world);
    const processGroup = expand(alias.settings.processGroup ?? settings.processGroup ?? '');
    const mount: RoutedMount = {
      host: hostIndex,
      alias,
      script,
      scriptName,
      pathInfo,
      processGroup,
      applicationGroup: expand(alias.settings.applicationGroup ?? settings.applicationGroup ?? '%{RESOURCE}'),
      callable: alias.settings.callableObject ?? settings.callableObject ?? 'application',
      scriptReloading: settings.scriptReloading ?? true,
      passAuthorization: alias.settings.passAuthorization ?? settings.passAuthorization ?? false,
    };
    const why = refusal(deployment, mount, settings);
    return why === null ? { kind: 'application', mount } : { kind: 'refused', ...why, mount };
  }
  return { kind: 'unmapped', host: hostIndex };
}

/** The settings that hold for one request: server, then each matching section in Apache's order of merging. */
export const mergedSettings = (deployment: Deployment, hostIndex: number, script: string, url: string): Settings =>
  settingLevels(deployment, hostIndex, script, url).reduce(
    (merged, level) => mergeSettings(merged, level.settings),
    {} as Settings,
  );

/** One place in the configuration that has a say in a request: a host, or one of its sections by index. */
export interface SettingLevel {
  readonly host: number;
  /** null is what stands outside every section. */
  readonly section: number | null;
  readonly settings: Settings;
}

/** Every place that has a say in one request, in Apache's order of merging: the last that names a setting wins. */
export function settingLevels(
  deployment: Deployment,
  hostIndex: number,
  script: string,
  url: string,
): readonly SettingLevel[] {
  const indices = hostAt(deployment, hostIndex) === deployment.hosts[0] ? [0] : [0, hostIndex];
  const levels = indices.map((host) => ({ host, section: null, settings: hostAt(deployment, host).settings }));
  const sections = indices.flatMap((host) =>
    hostAt(deployment, host).sections.map((section, index) => ({ host, index, section })),
  );
  const matching = (kind: Section['kind'], test: (section: Section) => boolean): typeof sections =>
    sections.filter(({ section }) => section.kind === kind && test(section));
  const directories = matching('directory', (s) => matchesDirectory(s, script));
  const ordered = [
    ...directories
      .filter(({ section }) => section.match === 'exact')
      .toSorted((a, b) => depth(a.section.pattern) - depth(b.section.pattern)),
    ...directories.filter(({ section }) => section.match === 'regex'),
    ...matching('files', (s) => matchesFiles(s, script)),
    ...matching('location', (s) => matchesLocation(s, url)),
  ];
  return [
    ...levels,
    ...ordered.map(({ host, index, section }) => ({ host, section: index, settings: section.settings })),
  ];
}

const mergeSettings = (outer: Settings, inner: Settings): Settings =>
  outer.env && inner.env ? { ...outer, ...inner, env: { ...outer.env, ...inner.env } } : { ...outer, ...inner };

/** Index of the host that answers. Source: httpd, vhost.c: best address first, then names in order, then the first. */
export function chooseHost(deployment: Deployment, to: Address): number {
  const name = to.host.toLowerCase();
  const candidates = deployment.hosts
    .map((host, index) => ({ host, index }))
    .filter(({ host }) => host.addresses.some((address) => address.port === null || address.port === to.port));
  const named = candidates.find(({ host }) => answersTo(host, name));
  return (named ?? candidates[0])?.index ?? 0;
}

const answersTo = (host: Host, name: string): boolean =>
  host.serverName?.toLowerCase() === name ||
  host.serverAliases.some((alias) => wildcard(alias.toLowerCase(), { slashes: true }).test(name));

const hostAt = (deployment: Deployment, index: number): Host => deployment.hosts[index] ?? deployment.hosts[0];

/** The alias target and what of the path follows it, or null. Source: mod_wsgi, wsgi_alias_matches. */
function matchAlias(alias: ScriptAlias, path: string): { readonly base: string; readonly rest: string } | null {
  if (alias.match === 'pattern') {
    const found = pattern(alias.url)?.exec(path);
    if (!found || found.index + found[0].length === 0) return null;
    const base = alias.script.replace(/\$(\d)|\\(.)/g, (_, group, literal) => literal ?? found[Number(group)] ?? '');
    return { base, rest: path.slice(found.index + found[0].length) };
  }
  const length = matchPrefix(alias.url, path);
  if (length === 0) return null;
  return { base: alias.script, rest: alias.url === '/' ? path : path.slice(length) };
}

/** How many characters of `path` the prefix covers; runs of slashes are one. 0 is no match. */
function matchPrefix(prefix: string, path: string): number {
  let p = 0;
  let u = 0;
  while (p < prefix.length) {
    if (prefix[p] === '/') {
      if (path[u] !== '/') return 0;
      while (prefix[p] === '/') p++;
      while (path[u] === '/') u++;
    } else if (prefix[p++] !== path[u++]) return 0;
  }
  const whole = prefix.endsWith('/') || u === path.length || path[u] === '/';
  return whole ? u : 0;
}

/** Finds the script file in `base + rest`, as Apache's directory walk does. */
function splitPathInfo(base: string, rest: string, world: RoutingWorld): { script: string; pathInfo: string } {
  let script = base;
  let left = rest;
  // A target without a slash before the rest (`/a/` → `x.wsgi`) names another file, and Apache looks for that one.
  const glued = left.startsWith('/') ? 0 : left.search(/\/|$/);
  script += left.slice(0, glued);
  left = left.slice(glued);
  while (left !== '' && left !== '/' && world.isDirectory?.(script)) {
    const next = left.replace(/^\/+/, '');
    const end = next.search(/\/|$/);
    script = `${script.replace(/\/$/, '')}/${next.slice(0, end)}`;
    left = next.slice(end);
  }
  return { script, pathInfo: left };
}

/** SCRIPT_NAME: the path without PATH_INFO. Source: mod_wsgi, wsgi_script_name and ap_add_cgi_vars. */
const scriptNameOf = (path: string, pathInfo: string): string =>
  path.slice(0, path.length - pathInfo.length).replace(/\/{2,}/g, '/');

/**
 * Replaces an expansion that is the whole value; anything else is taken literally.
 * Source: mod_wsgi 4.9.4, wsgi_process_group and wsgi_application_group. `%{RESOURCE}` is in lower case because
 * `wsgi_script_name` ends in `ap_str_tolower`.
 */
function expander(
  host: Host,
  to: Address,
  scriptName: string,
  env: Readonly<Record<string, string>>,
  world: RoutingWorld,
): (value: string) => string {
  const port = to.port === 80 || to.port === 443 ? '' : `:${to.port}`;
  const server = `${host.serverName ?? to.host}${port}`;
  const expand = (value: string): string => {
    switch (value) {
      case '%{GLOBAL}':
        return '';
      case '%{RESOURCE}':
        return `${server}|${scriptName.toLowerCase()}`;
      case '%{SERVER}':
        return server;
      case '%{HOST}':
        return `${to.host.toLowerCase()}${port}`;
      default: {
        const name = /^%\{ENV:(.+)\}$/.exec(value)?.[1];
        const found = name === undefined ? undefined : (env[name] ?? world.environment?.[name]);
        if (found === undefined) return value;
        return found.startsWith('%') && !found.startsWith('%{ENV:') ? expand(found) : found;
      }
    }
  };
  return expand;
}

/** Why no application may run, in the order mod_wsgi asks. Source: wsgi_execute_remote, wsgi_hook_handler. */
function refusal(
  deployment: Deployment,
  mount: RoutedMount,
  settings: Settings,
): { status: 403 | 404 | 500; why: RefusalReason } | null {
  // The target is used as written, and httpd cuts a name without a leading slash apart like a URL. Probed with 4.9.4.
  if (!mount.script.startsWith('/')) return { status: 404, why: 'script-not-absolute' };
  if (settings.access === 'denied') return { status: 403, why: 'access-denied' };
  const allowed = settings.restrictProcess?.map((name) => (name === '%{GLOBAL}' ? '' : name));
  if (allowed && !allowed.includes(mount.processGroup)) return { status: 500, why: 'process-group-restricted' };
  if (mount.processGroup === '')
    return deployment.restrictEmbedded ? { status: 500, why: 'embedded-restricted' } : null;
  const group = deployment.daemons.find((daemon) => daemon.name === mount.processGroup);
  if (!group) return { status: 500, why: 'process-group-undefined' };
  const sameName = hostAt(deployment, group.host).serverName === hostAt(deployment, mount.host).serverName;
  return group.host === 0 || sameName ? null : { status: 500, why: 'process-group-of-another-host' };
}

/** Source: httpd, ap_directory_walk: a section covers its directory and everything below. */
const matchesDirectory = (section: { match: Section['match']; pattern: string }, script: string): boolean => {
  const folder = script.slice(0, script.lastIndexOf('/') + 1);
  if (section.match === 'regex') return pattern(section.pattern)?.test(folder) ?? false;
  const wanted = section.pattern.replace(/\/*$/, '/');
  if (!/[*?[]/.test(wanted)) return folder.startsWith(wanted);
  const parts = folder
    .split('/')
    .slice(0, depth(wanted) + 1)
    .join('/');
  return wildcard(wanted, { slashes: false }).test(`${parts}/`) && folder.startsWith(parts);
};

const matchesFiles = (section: Section, script: string): boolean => {
  if (section.within && !matchesDirectory(section.within, script)) return false;
  const name = script.slice(script.lastIndexOf('/') + 1);
  if (section.match === 'regex') return pattern(section.pattern)?.test(name) ?? false;
  return wildcard(section.pattern, { slashes: true }).test(name);
};

/** Source: httpd, ap_location_walk: `/a` covers `/a` and `/a/…`; runs of slashes in the URL are one. */
const matchesLocation = (section: Section, url: string): boolean => {
  const path = url.replace(/\/{2,}/g, '/');
  if (section.match === 'regex') return pattern(section.pattern)?.test(path) ?? false;
  if (/[*?[]/.test(section.pattern)) return wildcard(section.pattern, { slashes: false }).test(path);
  if (!path.startsWith(section.pattern)) return false;
  return (
    section.pattern.endsWith('/') || path.length === section.pattern.length || path[section.pattern.length] === '/'
  );
};

const depth = (path: string): number => path.replace(/\/+$/, '').split('/').length - 1;

/** A PCRE as far as JavaScript's own syntax covers it; null where it does not. */
const pattern = (source: string): RegExp | null => {
  const inline = /^\(\?i\)/.test(source);
  try {
    return new RegExp(inline ? source.slice(4) : source, inline ? 'i' : '');
  } catch {
    return null;
  }
};

/** A file-name pattern with `*`, `?` and `[…]`; without `slashes` a wildcard does not match `/`. */
function wildcard(glob: string, { slashes }: { slashes: boolean }): RegExp {
  const any = slashes ? '.' : '[^/]';
  const body = glob.replace(/\[[^\]]+\]|[\s\S]/g, (token) => {
    if (token === '*') return `${any}*`;
    if (token === '?') return any;
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return token.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${body}$`, 's');
}
