/**
 * Which script answers a request, where, and in which interpreter. One pure function serves the prediction, the
 * simulator and the gateway. Sources: mod_wsgi 4.9.4, `wsgi_hook_intercept`, `wsgi_create_req_config`,
 * `wsgi_process_group`, `wsgi_application_group`; httpd, `ap_directory_walk`, `ap_file_walk`, `ap_location_walk`.
 */
import type { ApacheDeployment, Host, ScriptAlias, Section, Settings } from '../deployments/apache.ts';
import type { Address } from '../trace.ts';
import type { ApplicationGroup, ProcessGroupName } from '../vocabulary.ts';
import { pattern, wildcard } from './patterns.ts';
import { inWalkOrder, matchesDirectory, matchesFiles, matchesLocation } from './section-matching.ts';

/** 1 GiB. Source: httpd 2.4.62, core.c, AP_DEFAULT_LIMIT_REQ_BODY; no limit before 2.4.54. */
const defaultLimitRequestBody = 2 ** 30;

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
  | {
      readonly kind: 'unmapped';
      readonly host: number;
      /** Null where nothing says where files are. */
      readonly file: RoutedFile | null;
    };

export type RefusalReason =
  | 'process-group-undefined'
  | 'process-group-of-another-host'
  | 'process-group-restricted'
  | 'embedded-restricted'
  | 'access-denied'
  | 'script-not-absolute'
  /** uWSGI has none for the URL, and no default one. */
  | 'no-application';

/** One request's script and the place it runs in. */
export interface RoutedMount {
  /** Index into `deployment.hosts`. */
  readonly host: number;
  /** What applications see as SERVER_PORT, and groups in their names: the client's word for it, as a rule. */
  readonly serverPort: number;
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
  readonly chunkedRequest: boolean;
  /** Applications see GET for HEAD. Under `auto` they do so for filters alone, of which nothing here says anything. */
  readonly mapsHeadToGet: boolean;
  readonly enableSendfile: boolean;
  readonly ignoreActivity: boolean;
  /** Bytes of the largest body; 0 is no limit. */
  readonly limitRequestBody: number;
}

/** A file that the server itself answers with, if it is there. */
export interface RoutedFile {
  readonly path: string;
  readonly access: 'granted' | 'denied';
  readonly directoryIndex: readonly string[];
  /** It is to be run as a CGI program. */
  readonly isCgi: boolean;
  /** It is to be run by the handler wsgi-script. */
  readonly isScript: boolean;
}

/** What routing must ask the machine it runs on; the default answers "no" and "nothing". */
export interface RoutingWorld {
  /** Whether an alias target is a directory of scripts. */
  isDirectory?(path: string): boolean;
  /** The server's own environment, for `%{ENV:name}`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Follows one request through the configuration. `asked.host` is the Host header without port; `asked.path` is decoded.
 */
export function route(deployment: ApacheDeployment, asked: Address, world: RoutingWorld = {}): Route {
  const to = { ...asked, path: normalPath(asked.path) };
  const hostIndex = chooseHost(deployment, to);
  const host = hostAt(deployment, hostIndex);
  const main = deployment.hosts[0];
  // mod_alias is asked before mod_wsgi, wherever its lines stand. Source: mod_wsgi 4.9.4, wsgi_register_hooks, p1.
  const aliased = aliasedFile(deployment, hostIndex, to.path);
  if (aliased !== null) return { kind: 'unmapped', host: hostIndex, file: aliased };
  const aliases = host === main ? host.scriptAliases : [...host.scriptAliases, ...main.scriptAliases];
  for (const alias of aliases) {
    const target = matchAlias(alias, to.path);
    if (target === null) continue;
    const { script, pathInfo } = splitPathInfo(target.base, target.rest, world);
    const settings = mergedSettings(deployment, hostIndex, script, to.path, pathInfo);
    const scriptName = to.path.slice(0, to.path.length - pathInfo.length);
    const server = {
      name: effectiveServerName(deployment, host) ?? to.host,
      port: effectivePort(deployment, host, to, settings.canonicalName ?? false),
    };
    const expand = expander(server, to, scriptName, settings.env ?? {}, world);
    const processGroup = expand(alias.settings.processGroup ?? settings.processGroup ?? '');
    const mount: RoutedMount = {
      host: hostIndex,
      serverPort: server.port,
      alias,
      script,
      scriptName,
      pathInfo,
      processGroup,
      applicationGroup: expand(alias.settings.applicationGroup ?? settings.applicationGroup ?? '%{RESOURCE}'),
      callable: alias.settings.callableObject ?? settings.callableObject ?? 'application',
      scriptReloading: settings.scriptReloading ?? true,
      passAuthorization: alias.settings.passAuthorization ?? settings.passAuthorization ?? false,
      chunkedRequest: settings.chunkedRequest ?? false,
      mapsHeadToGet: settings.mapHeadToGet === 'on',
      enableSendfile: settings.enableSendfile ?? false,
      ignoreActivity: settings.ignoreActivity ?? false,
      limitRequestBody: settings.limitRequestBody ?? defaultLimitRequestBody,
    };
    const why = refusal(deployment, mount, settings);
    return why === null ? { kind: 'application', mount } : { kind: 'refused', ...why, mount };
  }
  const root = host.files.documentRoot ?? main.files.documentRoot;
  const file = root === null ? null : routedFile(deployment, hostIndex, `${root}${to.path}`, to.path, false);
  return { kind: 'unmapped', host: hostIndex, file };
}

/** Where a host has its files. Debian's Apache has the default, others a folder `htdocs` where they are installed. */
export const documentRootOf = (deployment: ApacheDeployment, hostIndex: number): string =>
  hostAt(deployment, hostIndex).files.documentRoot ?? deployment.hosts[0].files.documentRoot ?? '/var/www/html';

/**
 * The file that a URL would lead to, whether or not there is one: what PATH_TRANSLATED is to PATH_INFO.
 * Source: httpd 2.4, util_script.c, ap_add_cgi_vars, which asks for it as a sub-request.
 */
export function translated(deployment: ApacheDeployment, hostIndex: number, url: string): string {
  const alias = matchingAlias(deployment, hostIndex, url);
  if (alias !== null) return normalPath(alias.file);
  const host = hostAt(deployment, hostIndex);
  const main = deployment.hosts[0];
  for (const script of host === main ? host.scriptAliases : [...host.scriptAliases, ...main.scriptAliases]) {
    const target = matchAlias(script, url);
    if (target !== null) return target.base + target.rest;
  }
  return `${documentRootOf(deployment, hostIndex)}${url}`;
}

function aliasedFile(deployment: ApacheDeployment, hostIndex: number, url: string): RoutedFile | null {
  const alias = matchingAlias(deployment, hostIndex, url);
  return alias === null ? null : routedFile(deployment, hostIndex, alias.file, url, alias.isCgi);
}

/** Source: httpd 2.4, mod_alias.c, try_alias_list and merge_alias_config. */
function matchingAlias(
  deployment: ApacheDeployment,
  hostIndex: number,
  url: string,
): { file: string; isCgi: boolean } | null {
  const host = hostAt(deployment, hostIndex);
  const main = deployment.hosts[0];
  const aliases = host === main ? host.files.aliases : [...host.files.aliases, ...main.files.aliases];
  for (const { match, url: from, path, isCgi } of aliases) {
    if (match === 'pattern') {
      const found = pattern(from)?.exec(url);
      if (found) return { file: substituted(path, found), isCgi };
    } else {
      const length = matchPrefix(from, url);
      if (length > 0) return { file: path + url.slice(length), isCgi };
    }
  }
  return null;
}

function routedFile(
  deployment: ApacheDeployment,
  hostIndex: number,
  file: string,
  url: string,
  isCgi: boolean,
): RoutedFile {
  const path = normalPath(file);
  const settings = mergedSettings(deployment, hostIndex, path.replace(/(.)\/$/, '$1'), url, '');
  const { access = 'granted', directoryIndex = ['index.html'] } = settings;
  return { path, access, directoryIndex, isCgi, isScript: isScript(path, settings) };
}

/** Any suffix of a name counts, in any case; SetHandler beats them all. Sources: httpd 2.4, mod_mime.c, find_ct; core.c, core_override_type. */
function isScript(path: string, { handler = 'none', scriptSuffixes = [] }: Settings): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const [, ...suffixes] = name.split('.');
  return handler === 'none' ? suffixes.some((suffix) => scriptSuffixes.includes(suffix)) : handler === 'wsgi-script';
}

/** A target with `$1` and `\1` filled in. Source: httpd 2.4, util.c, ap_pregsub. */
const substituted = (target: string, found: RegExpExecArray): string =>
  target.replace(/\$(\d)|\\(.)/g, (_, group, literal) => literal ?? found[Number(group)] ?? '');

/**
 * A path as Apache sees it once it has been read: without runs of slashes, without `.` and `..`.
 * Source: httpd, ap_process_request_internal: ap_getparents, and MergeSlashes, which is on.
 */
function normalPath(path: string): string {
  const kept: string[] = [];
  const parts = path.replace(/\/{2,}/g, '/').split('/');
  parts.forEach((part, index) => {
    const isLast = index === parts.length - 1;
    if (part !== '.' && part !== '..') kept.push(part);
    else if (part === '..' && kept.length > 1) kept.pop();
    if (isLast && (part === '.' || part === '..')) kept.push('');
  });
  return kept.join('/');
}

/** The settings that hold for one request: server, then each matching section in Apache's order of merging. */
const mergedSettings = (
  deployment: ApacheDeployment,
  hostIndex: number,
  script: string,
  url: string,
  pathInfo: string,
): Settings =>
  settingLevels(deployment, hostIndex, script, url, pathInfo).reduce(
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

/**
 * Every place that has a say in one request, in Apache's order of merging: the last that names a setting wins.
 * @param pathInfo - What of the URL follows the script: Apache asks more Directory sections where nothing does.
 */
export function settingLevels(
  deployment: ApacheDeployment,
  hostIndex: number,
  script: string,
  url: string,
  pathInfo: string,
): readonly SettingLevel[] {
  const file = { path: script, isWhole: pathInfo === '' };
  const asked = normalPath(url);
  const indices = hostAt(deployment, hostIndex) === deployment.hosts[0] ? [0] : [0, hostIndex];
  const levels = indices.map((host) => ({ host, section: null, settings: hostAt(deployment, host).settings }));
  const sections = indices.flatMap((host) =>
    hostAt(deployment, host).sections.map((section, index) => ({ host, index, section })),
  );
  const matching = (kind: Section['kind'], test: (section: Section) => boolean): typeof sections =>
    sections.filter(({ section }) => section.kind === kind && test(section));
  const files = matching('files', (s) => matchesFiles(s, file));
  const ordered = [
    ...matching('directory', (s) => matchesDirectory(s, file)).toSorted((a, b) => inWalkOrder(a.section, b.section)),
    ...files.filter(({ section }) => section.within === null),
    ...files
      .filter(({ section }) => section.within !== null)
      .toSorted((a, b) => inWalkOrder(a.section.within, b.section.within)),
    ...matching('location', (s) => matchesLocation(s, asked)),
  ];
  return [
    ...levels,
    ...ordered.map(({ host, index, section }) => ({ host, section: index, settings: section.settings })),
  ];
}

const mergeSettings = (outer: Settings, inner: Settings): Settings =>
  outer.env && inner.env ? { ...outer, ...inner, env: { ...outer.env, ...inner.env } } : { ...outer, ...inner };

/**
 * Index of the host that answers. Hosts of this very port come before hosts of every port; among them names decide in
 * the order configured, then addresses taken for names, then the first.
 * Source: httpd, vhost.c, find_default_server and update_server_from_aliases.
 */
export function chooseHost(deployment: ApacheDeployment, to: Address): number {
  const name = to.host.toLowerCase();
  const onPort = (port: number | null): readonly { host: Host; index: number }[] =>
    deployment.hosts
      .map((host, index) => ({ host, index }))
      .filter(({ host }) => host.addresses.some((address) => address.port === port));
  const ofThisPort = onPort(to.port);
  const candidates = ofThisPort.length > 0 ? ofThisPort : onPort(null);
  const chosen =
    candidates.find(({ host }) => answersTo(deployment, host, name)) ??
    candidates.find(({ host }) => host.addresses.some(({ address }) => address === name)) ??
    candidates[0];
  return chosen?.index ?? 0;
}

const answersTo = (deployment: ApacheDeployment, host: Host, name: string): boolean =>
  effectiveServerName(deployment, host)?.toLowerCase() === name ||
  host.serverAliases.some((alias) => wildcard(alias.toLowerCase(), { slashes: true }).test(name));

/** A virtual host without ServerName takes the main server's. Source: httpd, ap_fini_vhost_config. */
const effectiveServerName = (deployment: ApacheDeployment, host: Host): string | null =>
  host.serverName ?? deployment.hosts[0].serverName;

/**
 * The port in the names of groups: the Host header's; a header without one, and every request under UseCanonicalName On,
 * gets that of ServerName, or, in a virtual host that has no ServerName, that of its first address. Source: httpd,
 * ap_get_server_port and server_hostname_port, which sets the port of a ServerName without one to 0.
 */
function effectivePort(deployment: ApacheDeployment, host: Host, to: Address, isCanonical: boolean): number {
  const named = to.namedPort === undefined ? (to.port === 80 ? null : to.port) : to.namedPort;
  if (named !== null && !isCanonical) return named;
  if (host.serverName !== null) return host.serverPort ?? 80;
  return host.addresses[0]?.port ?? deployment.hosts[0].serverPort ?? 80;
}

const hostAt = (deployment: ApacheDeployment, index: number): Host => deployment.hosts[index] ?? deployment.hosts[0];

/** The alias target and what of the path follows it, or null. Source: mod_wsgi, wsgi_alias_matches. */
function matchAlias(alias: ScriptAlias, path: string): { readonly base: string; readonly rest: string } | null {
  if (alias.match === 'pattern') {
    const found = pattern(alias.url)?.exec(path);
    if (!found || found.index + found[0].length === 0) return null;
    return { base: substituted(alias.script, found), rest: path.slice(found.index + found[0].length) };
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

/**
 * Replaces an expansion that is the whole value; anything else is taken literally.
 * Source: mod_wsgi 4.9.4, wsgi_process_group and wsgi_application_group. `%{RESOURCE}` is in lower case because
 * `wsgi_script_name` ends in `ap_str_tolower`.
 */
function expander(
  named: { readonly name: string; readonly port: number },
  to: Address,
  scriptName: string,
  env: Readonly<Record<string, string>>,
  world: RoutingWorld,
): (value: string) => string {
  const port = named.port === 80 || named.port === 443 ? '' : `:${named.port}`;
  const server = `${named.name}${port}`;
  const expand = (value: string): string => {
    switch (value) {
      case '%{GLOBAL}':
        return '';
      case '%{RESOURCE}':
        return `${server}|${asciiLowerCase(scriptName)}`;
      case '%{SERVER}':
        return server;
      case '%{HOST}':
        return `${to.host.toLowerCase()}${port}`;
      default: {
        const name = /^%\{ENV:(.+)\}$/.exec(value)?.[1];
        const found = name === undefined ? undefined : (ignoringCase(env, name) ?? world.environment?.[name]);
        if (found === undefined) return value;
        return found.startsWith('%') && !found.startsWith('%{ENV:') ? expand(found) : found;
      }
    }
  };
  return expand;
}

/** In the C locale only ASCII letters have a lower case. */
const asciiLowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Apache's tables ignore the case of their keys; of two that differ only so the later one stays. */
const ignoringCase = (env: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(env).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** Why no application may run, in the order mod_wsgi asks. Source: wsgi_execute_remote, wsgi_hook_handler. */
function refusal(
  deployment: ApacheDeployment,
  mount: RoutedMount,
  settings: Settings,
): { status: 403 | 404 | 500; why: RefusalReason } | null {
  // The target is used as written, and httpd cuts a name without a leading slash apart like a URL. Probed with 4.9.4.
  if (!mount.script.startsWith('/')) return { status: 404, why: 'script-not-absolute' };
  if (settings.access === 'denied') return { status: 403, why: 'access-denied' };
  // The list is one of Apache's tables, which ignore the case of their keys.
  const allowed = settings.restrictProcess?.map((name) => (name === '%{GLOBAL}' ? '' : name.toLowerCase()));
  if (allowed && !allowed.includes(mount.processGroup.toLowerCase()))
    return { status: 500, why: 'process-group-restricted' };
  if (mount.processGroup === '')
    return deployment.restrictEmbedded ? { status: 500, why: 'embedded-restricted' } : null;
  const group = deployment.daemons.find((daemon) => daemon.name === mount.processGroup);
  if (!group) return { status: 500, why: 'process-group-undefined' };
  const nameOf = (host: number): string | null => effectiveServerName(deployment, hostAt(deployment, host));
  return group.host === 0 || nameOf(group.host) === nameOf(mount.host)
    ? null
    : { status: 500, why: 'process-group-of-another-host' };
}
