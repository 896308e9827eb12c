/**
 * Reads an Apache configuration into a deployment. Two passes, as in Apache: the first decides conditions, follows
 * includes and builds a tree; the second carries the directives out in their places.
 */
import type { ApacheDeployment, Host, ModWsgiRelease, Mpm } from '../../../spec/deployments/apache.ts';
import type { Listen } from '../../../spec/deployments/listen.ts';
import { wsgiDirectives } from '../../../spec/options/mod-wsgi-directives.ts';
import { defaultKeepAlive } from '../../../spec/serving/keep-alive.ts';
import { type RequestLimits, unhurried } from '../../../spec/serving/request-limits.ts';
import { type Diagnostic, inOrder, isRefused, type Position } from '../diagnostic.ts';
import { type Origins, originKey } from '../origins.ts';
import type { ConfigSource } from '../source.ts';
import { buildFile, type Directive } from './build.ts';
import type { Scope } from './call.ts';
import { childPool } from './child-pool.ts';
import { Draft, type HostDraft } from './draft.ts';
import type { HostLogs } from './host-logs.ts';
import { hostLogs } from './logs-draft.ts';
import { allMethods } from './method-set.ts';
import { Modules } from './modules.ts';
import { parentOf } from './paths.ts';
import { positionAt, type SourceFile, sourceFile } from './placed.ts';
import { Reading } from './reading.ts';
import { walk } from './walk.ts';

export interface ApacheInput {
  /** The path of the text, for messages; where there is no ServerRoot, includes are taken from its directory. */
  readonly file: string;
  readonly text: string;
  readonly source: ConfigSource;
  readonly modWsgi: ModWsgiRelease;
  /** As given to httpd by -D. */
  readonly defines?: readonly string[];
  /** The MPM where the configuration loads none; `event` if left out, as in Debian. */
  readonly mpm?: Mpm;
  /** The environment of the server, for `${NAME}` and PassEnv: Debian's envvars file. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface ApacheReading {
  /** Null when any diagnostic is an error: the server would not start. */
  readonly deployment: ApacheDeployment | null;
  readonly origins: Origins;
  /** As the deployment's hosts. */
  readonly logs: readonly HostLogs[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a configuration. Never throws, whatever the text. */
export function readApache(input: ApacheInput): ApacheReading {
  const main = sourceFile(input.file, input.text);
  const { reading, directives } = build(input, main);
  const draft = new Draft();
  if (!reading.stopped) {
    checkModules(reading, main, directives);
    walk(reading, draft, directives, topScope(draft));
  }
  const deployment = finish(reading, draft, main);
  const refused = isRefused(reading.diagnostics);
  return {
    deployment: refused ? null : deployment,
    origins: { positions: positions(draft) },
    logs: draft.hosts.map((host) => hostLogs(host.logs, draft.hosts[0].logs)),
    diagnostics: inOrder(reading.diagnostics),
  };
}

/**
 * The first pass. What counts as loaded depends on what the text loads, which only reading it tells: so it is read for
 * exactly what it loads, and once more with what is missing if it loads no module or no MPM.
 */
function build(input: ApacheInput, main: SourceFile): { reading: Reading; directives: readonly Directive[] } {
  const attempt = (modules: Modules) => {
    const reading = new Reading({
      modWsgi: input.modWsgi,
      source: input.source,
      modules,
      defines: input.defines ?? [],
      environment: input.environment ?? {},
      serverRoot: parentOf(input.file),
    });
    return { reading, directives: buildFile(reading, main) };
  };
  const exact = attempt(new Modules(false, null));
  const assumed = input.mpm ?? 'event';
  if (exact.reading.modules.loaded.length === 0) return attempt(new Modules(true, assumed));
  if (exact.reading.modules.loadedMpms.length === 0) return attempt(new Modules(false, assumed));
  return exact;
}

function checkModules(reading: Reading, main: SourceFile, directives: readonly Directive[]): void {
  const { modules } = reading;
  if (modules.loadedMpms.length > 1)
    reading.report('error', main, 0, {
      code: 'CFG027',
      message: `Configuration error: More than one MPM loaded. (${modules.loadedMpms.join(', ')})`,
      fix: 'keep one LoadModule mpm_…',
    });
  if (modules.loadedMpms.length === 0)
    reading.report('info', main, 0, {
      code: 'CFG028',
      message: `nothing here loads an MPM: ${modules.mpm} is assumed`,
      fix: 'load one, or name one on the command line',
    });
  const wsgi =
    modules.loaded.length > 0 && !modules.loaded.includes('wsgi_module') ? firstOfWsgi(directives) : undefined;
  if (wsgi)
    reading.report('warning', wsgi.file, wsgi.offset, {
      code: 'CFG031',
      message: 'nothing here loads wsgi_module: Apache would not know this directive',
      fix: 'add LoadModule wsgi_module modules/mod_wsgi.so',
    });
}

const wsgiKeys = new Set(wsgiDirectives.map((row) => row.name.toLowerCase()));

function firstOfWsgi(directives: readonly Directive[]): Directive | undefined {
  for (const directive of directives) {
    if (wsgiKeys.has(directive.key)) return directive;
    const inside = firstOfWsgi(directive.children);
    if (inside) return inside;
  }
  return undefined;
}

function topScope(draft: Draft): Scope {
  const host = draft.hosts[0];
  return {
    host,
    level: 'server',
    settings: host.settings,
    access: host.settings.access,
    requires: 'any',
    section: null,
    isModelled: true,
    isLimited: false,
    methods: allMethods,
    around: [],
  };
}

function finish(reading: Reading, draft: Draft, main: SourceFile): ApacheDeployment {
  const { mpm } = reading.modules;
  const { pool, corrections } = childPool(mpm, draft.mpm);
  for (const correction of corrections) {
    const place = correction.directives
      .map((directive) => draft.places.get(originKey({ kind: 'directive', host: 0, directive })))
      .find((found) => found !== undefined);
    reading.report(correction.isLogged ? 'warning' : 'info', place?.file ?? main, place?.offset ?? 0, {
      code: correction.isLogged ? 'CFG025' : 'CFG026',
      message: correction.message,
      fix: 'write values that agree, or leave them out',
    });
  }
  const [first, ...rest] = draft.hosts;
  return {
    kind: 'apache',
    server: { mpm, modWsgi: reading.modWsgi },
    listens: listensOf(reading, draft, main),
    children: pool,
    daemons: [...draft.daemons.values()].flatMap((daemon) => (daemon.group === null ? [] : [daemon.group])),
    hosts: [hostOf(first), ...rest.map(hostOf)],
    preloads: draft.preloads,
    restrictEmbedded: draft.restrictEmbedded,
    surroundings: draft.surroundings,
    limits: limitsOf(reading, draft),
    ...(draft.keepAlive !== defaultKeepAlive && { keepAlive: draft.keepAlive }),
  };
}

/** Without mod_reqtimeout nobody is hurried. */
const limitsOf = (reading: Reading, { limits }: Draft): RequestLimits =>
  reading.modules.has('reqtimeout_module') ? limits : { ...limits, header: unhurried, body: unhurried };

const hostOf = (draft: HostDraft): Host => ({
  serverName: draft.serverName,
  ...(draft.serverAdmin !== undefined && { serverAdmin: draft.serverAdmin }),
  serverPort: draft.serverPort,
  serverAliases: draft.serverAliases,
  addresses: draft.addresses,
  scriptAliases: draft.scriptAliases,
  files: { aliases: draft.fileAliases, documentRoot: draft.documentRoot },
  settings: draft.settings.settings(),
  sections: draft.sections.map(({ draft: settings, ...section }) => ({ ...section, settings: settings.settings() })),
});

/** The Listens, or for a part of a configuration what its virtual hosts ask for. */
function listensOf(reading: Reading, draft: Draft, main: SourceFile): readonly Listen[] {
  if (draft.listens.length > 0) return draft.listens;
  const ports = draft.hosts.flatMap((host) => host.addresses.flatMap(({ port }) => (port === null ? [] : [port])));
  const derived = [...new Set(ports.length > 0 ? ports : [80])];
  if (!reading.stopped)
    reading.report('info', main, 0, {
      code: 'CFG024',
      message: `there is no Listen: port ${derived.join(', ')} is assumed, and Apache would not start with this file alone`,
      fix: `write Listen ${derived[0]}`,
    });
  return derived.map((port) => ({ address: '*', port }));
}

function positions(draft: Draft): ReadonlyMap<string, Position> {
  return new Map([...draft.places].map(([key, place]) => [key, positionAt(place.file, place.offset)]));
}
