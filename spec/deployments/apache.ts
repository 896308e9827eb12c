/**
 * What a configuration of Apache with mod_wsgi means: which processes are to run, and which script answers which URL where.
 * It holds effective values: bounds, defaults and the server's own corrections are already applied.
 */
import type { KeepAlive } from '../serving/keep-alive.ts';
import type { RequestLimits } from '../serving/request-limits.ts';
import type { GroupSurroundings, ServerSurroundings } from '../serving/surroundings.ts';
import type { Millis, ProcessGroupName } from '../vocabulary.ts';
import type { Listen } from './listen.ts';

/** Everything Apache was told that bears on processes, threads and interpreters. */
export interface ApacheDeployment {
  readonly kind: 'apache';
  readonly server: ApacheSoftware;
  /** Where the server listens, in the order configured. */
  readonly listens: readonly Listen[];
  /** The server's own children: they speak HTTP and run embedded applications. */
  readonly children: ChildPool;
  /** The daemon process groups, in the order configured. */
  readonly daemons: readonly DaemonGroup[];
  /** The main server first, then each virtual host in the order configured. */
  readonly hosts: readonly [Host, ...Host[]];
  /** Scripts to load when a process starts, in the order configured. */
  readonly preloads: readonly Preload[];
  /** KeepAlive and its companions, as the main server has them; absent is Apache's default. */
  readonly keepAlive?: KeepAlive;
  /** WSGIRestrictEmbedded: refuse to run any application inside an Apache child. */
  readonly restrictEmbedded: boolean;
  /** What its processes are given unless their group says otherwise. */
  readonly surroundings: ServerSurroundings;
  /** What clients may send, and how slowly. */
  readonly limits: RequestLimits;
}

/** The releases of mod_wsgi that behave differently: 4.9 (Debian 12), 5 and 6. */
export const modWsgiReleases = ['4.9', '5', '6'] as const;
export type ModWsgiRelease = (typeof modWsgiReleases)[number];

/** Apache's multi-processing modules for Unix. */
export const mpms = ['prefork', 'worker', 'event'] as const;
export type Mpm = (typeof mpms)[number];

export interface ApacheSoftware {
  readonly mpm: Mpm;
  readonly modWsgi: ModWsgiRelease;
}

/** The Apache children and how the MPM keeps their number; every value is effective, after Apache's own corrections. */
export interface ChildPool {
  /** Children forked at start. */
  readonly startServers: number;
  /** Worker threads in each child; 1 under prefork. */
  readonly threadsPerChild: number;
  /** Requests handled at once by all children together: `threadsPerChild` times the most children there can be. */
  readonly maxRequestWorkers: number;
  readonly serverLimit: number;
  /** The most `threadsPerChild` may be; 1 under prefork. */
  readonly threadLimit: number;
  /** Idle children (prefork) or idle threads of all children (worker, event) the parent aims at. */
  readonly spare: { readonly min: number; readonly max: number };
  /** Connections after which a child ends; 0 is never. */
  readonly maxConnectionsPerChild: number;
  readonly listenBacklog: number;
  /** How long a graceful stop waits; 0 is for ever. */
  readonly gracefulShutdownTimeout: Millis;
}

/** The most children the MPM may have at once. Source: httpd, worker.c and event.c, `max_daemons_limit`. */
export const maxChildren = (pool: ChildPool): number =>
  Math.min(pool.serverLimit, Math.floor(pool.maxRequestWorkers / pool.threadsPerChild));

/** One WSGIDaemonProcess. Durations of 0 mean off unless said otherwise. */
export interface DaemonGroup extends GroupSurroundings {
  readonly name: ProcessGroupName;
  /** Index into {@link ApacheDeployment.hosts} of the host that declared it; 0 makes it usable from everywhere. */
  readonly host: number;
  /** What `processes=` said, or null where it was left out: one process, and `wsgi.multiprocess` is then False. */
  readonly processes: number | null;
  /** Threads that take requests; 0 is a process that takes none. */
  readonly threads: number;
  /** Requests after which a process is replaced; 0 is never. */
  readonly maximumRequests: number;
  readonly restartInterval: Millis;
  readonly inactivityTimeout: Millis;
  readonly requestTimeout: Millis;
  /** mod_wsgi 6 only; 0 before. */
  readonly interruptTimeout: Millis;
  readonly gracefulTimeout: Millis;
  /** 0 means that `gracefulTimeout` is used. */
  readonly evictionTimeout: Millis;
  /** 0 is no limit. */
  readonly shutdownTimeout: Millis;
  readonly deadlockTimeout: Millis;
  readonly startupTimeout: Millis;
  readonly queueTimeout: Millis;
  readonly connectTimeout: Millis;
  /** 0 means Apache's Timeout. */
  readonly socketTimeout: Millis;
  /** Bytes in which a line of a response header must fit; 0 is 32768. */
  readonly headerBufferSize: number;
  readonly cpuTimeLimit: Millis;
  readonly listenBacklog: number;
  /** Options that are accepted and have no effect on the model, by option name, as written. */
  readonly others: Readonly<Record<string, string>>;
}

/** How many processes the group runs. Source: mod_wsgi, wsgi_add_daemon_process: 1 where the option is absent. */
export const processCount = (group: DaemonGroup): number => group.processes ?? 1;

/** The main server or one virtual host. */
export interface Host {
  /** ServerName without port; null where the configuration leaves it to be guessed from the machine. */
  readonly serverName: string | null;
  /** The port in ServerName; null where there is none. */
  readonly serverPort: number | null;
  readonly serverAliases: readonly string[];
  /** ServerAdmin; absent in a virtual host is the main server's. */
  readonly serverAdmin?: string;
  /** Addresses the virtual host answers on; empty for the main server. A null port is every port. */
  readonly addresses: readonly { readonly address: string; readonly port: number | null }[];
  /** In the order configured: the first match decides. */
  readonly scriptAliases: readonly ScriptAlias[];
  /** Where it finds files that are no WSGI scripts. */
  readonly files: HostFiles;
  /** What stands outside every section. */
  readonly settings: Settings;
  /** In the order configured; {@link file://../routing/route.ts} merges them as Apache does. */
  readonly sections: readonly Section[];
}

/** What mod_alias and the core make of URLs. */
export interface HostFiles {
  /** In the order configured: the first match decides, and all come before the WSGI aliases. */
  readonly aliases: readonly FileAlias[];
  /** DocumentRoot, without a final slash; null in a virtual host is the main server's, and there a folder of Apache's own. */
  readonly documentRoot: string | null;
}

export const noFiles: HostFiles = { aliases: [], documentRoot: null };

/** One Alias, AliasMatch, ScriptAlias or ScriptAliasMatch. */
export interface FileAlias {
  readonly match: 'prefix' | 'pattern';
  /** A URL prefix as written, or a regular expression in PCRE syntax. */
  readonly url: string;
  /** An absolute path; with `match: 'pattern'` it may hold `$1`. */
  readonly path: string;
  /** ScriptAlias: what is there is run as a CGI program. */
  readonly isCgi: boolean;
}

/** One WSGIScriptAlias or WSGIScriptAliasMatch. */
export interface ScriptAlias {
  readonly match: 'prefix' | 'pattern';
  /** A URL prefix as written, or a regular expression in PCRE syntax. */
  readonly url: string;
  /** An absolute path; with `match: 'pattern'` it may hold `$1`. */
  readonly script: string;
  /** Options written on the alias: they beat every section. */
  readonly settings: Pick<Settings, 'processGroup' | 'applicationGroup' | 'callableObject' | 'passAuthorization'>;
}

/** Directives that may stand at any level; an absent key was not written there. Values are as written. */
export interface Settings {
  /** WSGIProcessGroup; `''` and `%{GLOBAL}` are embedded mode. */
  readonly processGroup?: string;
  /** WSGIApplicationGroup; `%{GLOBAL}` is the main interpreter; absent everywhere is `%{RESOURCE}`. */
  readonly applicationGroup?: string;
  readonly callableObject?: string;
  readonly scriptReloading?: boolean;
  readonly passAuthorization?: boolean;
  /** WSGIChunkedRequest: whether a body may come without its length; where it may not, it is refused. */
  readonly chunkedRequest?: boolean;
  /** WSGIMapHEADToGET; `auto` is `on` where a filter of Apache's waits for the body. */
  readonly mapHeadToGet?: MapHeadToGet;
  /** WSGIEnableSendfile and WSGIIgnoreActivity, of which applications are told. */
  readonly enableSendfile?: boolean;
  readonly ignoreActivity?: boolean;
  /** UseCanonicalName On: the port of a request is the server's own, whatever the client's Host header says. */
  readonly canonicalName?: boolean;
  /** WSGIRestrictProcess: the process groups that requests may resolve to. */
  readonly restrictProcess?: readonly string[];
  /** SetEnv, read by `%{ENV:name}`. Merged name by name. */
  readonly env?: Readonly<Record<string, string>>;
  /** LimitRequestBody, in bytes; 0 is no limit. */
  readonly limitRequestBody?: number;
  /** DirectoryIndex: what is served for a directory, the first that is there; none with `disabled`. */
  readonly directoryIndex?: readonly string[];
  /** SetHandler: `wsgi-script` makes a script of every file, `none` leaves it to the suffixes; any other counts as the default one. */
  readonly handler?: 'wsgi-script' | 'default-handler' | 'none';
  /** AddHandler wsgi-script: the suffixes of scripts, in lower case and without a dot. */
  readonly scriptSuffixes?: readonly string[];
  /** `Require all granted|denied` and its old spellings; Apache's own default for files outside any section is what the configuration says for `/`. */
  readonly access?: 'granted' | 'denied';
}

export const mapHeadToGetValues = ['off', 'on', 'auto'] as const;
export type MapHeadToGet = (typeof mapHeadToGetValues)[number];

/** A section that gives some requests other settings. */
export interface Section {
  readonly kind: 'directory' | 'files' | 'location';
  /** `exact` is a path or name that may hold the wildcards `*`, `?` and `[…]`; `regex` is PCRE. */
  readonly match: 'exact' | 'regex';
  readonly pattern: string;
  /** For `files` inside a Directory: that section's pattern. */
  readonly within: { readonly match: 'exact' | 'regex'; readonly pattern: string } | null;
  readonly settings: Settings;
}

/** A script loaded at process start: WSGIImportScript, or a WSGIScriptAlias that names both groups. */
export interface Preload {
  readonly script: string;
  /** `''` is embedded: every Apache child loads it. */
  readonly processGroup: ProcessGroupName;
  readonly applicationGroup: string;
  readonly because: 'WSGIImportScript' | 'WSGIScriptAlias';
  readonly host: number;
}
