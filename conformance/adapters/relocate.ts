/**
 * Moves a deployment to a place where a test may run it: its files below a folder of our own, its ports where the
 * machine has free ones. What a request can see of itself stays as it was: URLs, host names, group names, and which
 * sections cover which script.
 */
import type { ApacheDeployment, DaemonGroup, Host, HostFiles, Section } from '../../spec/deployments/apache.ts';
import type { ServerSurroundings } from '../../spec/serving/surroundings.ts';

export interface Place {
  /** An absolute path without trailing slash. The file `/srv/shop.wsgi` is then `${root}/srv/shop.wsgi`. */
  readonly root: string;
  /** From configured port to real one, for every port that listens. */
  readonly ports: ReadonlyMap<number, number>;
}

/**
 * Settings that this machine cannot honour are left out: other Python installations, the root directories of daemon
 * processes and, unless this process is root, users and groups. Every address that is not `*` becomes 127.0.0.1.
 */
export function relocate(deployment: ApacheDeployment, place: Place): ApacheDeployment {
  const realPort = (port: number): number => place.ports.get(port) ?? port;
  const [main, ...virtual] = deployment.hosts;
  const moved = (host: Host): Host => ({
    ...host,
    addresses: host.addresses.map(({ address, port }) => ({
      address: address === '*' ? '*' : '127.0.0.1',
      port: port === null ? null : realPort(port),
    })),
    scriptAliases: host.scriptAliases.map((alias) => ({ ...alias, script: movedPath(alias.script, place) })),
    files: movedFiles(host.files, place),
    sections: host.sections.map((section) => movedSection(section, place)),
  });
  return {
    ...deployment,
    listens: [...new Set(deployment.listens.map(({ port }) => realPort(port)))].map((port) => ({
      address: '127.0.0.1',
      port,
    })),
    hosts: [moved(main), ...virtual.map((host) => moved(withOwnName(host, main)))],
    daemons: deployment.daemons.map((daemon) => movedDaemon(daemon, place)),
    preloads: deployment.preloads.map((preload) => ({ ...preload, script: movedPath(preload.script, place) })),
    surroundings: movedSurroundings(deployment.surroundings, place),
  };
}

/** Where a file of the deployment lies. A path without leading slash is no file to Apache, and is left as it is. */
export const movedPath = (path: string, { root }: Place): string => (path.startsWith('/') ? `${root}${path}` : path);

/** The directories a deployment names that must exist for its daemon processes to start. */
export const homesOf = (deployment: ApacheDeployment): readonly string[] =>
  deployment.daemons.flatMap(({ home }) => (home === null ? [] : [home]));

/**
 * A virtual host without ServerName takes the main server's name with the port of its own address, and that port would
 * now be the real one. The same name and port, written down, mean the same.
 */
function withOwnName(host: Host, main: Host): Host {
  if (host.serverName !== null || main.serverName === null) return host;
  return { ...host, serverName: main.serverName, serverPort: host.addresses[0]?.port ?? main.serverPort };
}

function movedDaemon(daemon: DaemonGroup, place: Place): DaemonGroup {
  const others = Object.entries(daemon.others).filter(([name]) => !notHonoured.has(name));
  return {
    ...daemon,
    home: daemon.home === null ? null : movedPath(daemon.home, place),
    pythonPath: movedPaths(daemon.pythonPath, place),
    ...(isRoot ? {} : { user: null, group: null, supplementaryGroups: null }),
    pythonHome: null,
    pythonEggs: null,
    others: Object.fromEntries(others),
  };
}

const isRoot = process.getuid?.() === 0;

const notHonoured: ReadonlySet<string> = new Set(['script-user', 'script-group', 'socket-user', 'chroot']);

const movedSurroundings = (surroundings: ServerSurroundings, place: Place): ServerSurroundings => ({
  ...surroundings,
  ...(isRoot ? {} : { user: null, group: null }),
  pythonHome: null,
  pythonPath: movedPaths(surroundings.pythonPath, place),
  pythonEggs: null,
});

/** Directories in a row, with `:` between them. */
const movedPaths = (paths: string | null, place: Place): string | null =>
  paths
    ?.split(':')
    .map((path) => movedPath(path, place))
    .join(':') ?? null;

const movedFiles = ({ aliases, documentRoot }: HostFiles, place: Place): HostFiles => ({
  aliases: aliases.map((alias) => ({ ...alias, path: movedPath(alias.path, place) })),
  documentRoot: documentRoot === null ? null : movedPath(documentRoot, place),
});

function movedSection(section: Section, place: Place): Section {
  const moved = <P extends Pick<Section, 'match' | 'pattern'>>(named: P): P => ({
    ...named,
    pattern: named.match === 'regex' ? movedRegex(named.pattern, place) : movedDirectory(named.pattern, place),
  });
  switch (section.kind) {
    case 'directory':
      return moved(section);
    case 'files':
      return { ...section, within: section.within && moved(section.within) };
    case 'location':
      return section;
  }
}

const movedDirectory = (pattern: string, place: Place): string =>
  pattern === '/' ? place.root : movedPath(pattern, place);

/**
 * The same expression, asked about what follows the root: `^` stands there, and nothing matches inside the root itself.
 * The slashes of the root are written `\x2f`, because Apache merges expressions in the order of their slashes.
 */
export function movedRegex(pattern: string, { root }: Place): string {
  const [, flags = '', body = ''] = /^((?:\(\?i\))?)(.*)$/s.exec(pattern) ?? [];
  const start = root.replace(/[.+*?^${}()|[\]\\]/g, '\\$&').replaceAll('/', '\\x2f');
  const anchored = body.replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\^/gs, (token) =>
    token === '^' ? `(?<=^${start})` : token,
  );
  return `${flags}^${start}.*?(?:${anchored})`;
}
