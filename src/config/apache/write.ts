/**
 * Writes a deployment as an Apache configuration. Reading the text gives an equal deployment. What equals a default is
 * left out, except where its absence means something.
 */
import type {
  ApacheDeployment,
  DaemonGroup,
  Host,
  HostFiles,
  ScriptAlias,
  Section,
  Settings,
} from '../../../spec/deployments/apache.ts';
import type { Listen } from '../../../spec/deployments/listen.ts';
import { mpmDirectives } from '../../../spec/options/apache-mpm.ts';
import { daemonOptions } from '../../../spec/options/mod-wsgi-daemon-options.ts';
import { quoteWord } from './words.ts';
import { limitLines, needsReadTimeouts } from './write-limits.ts';
import { itemsOf, type OrderedItem } from './write-order.ts';
import { surroundingsLines } from './write-surroundings.ts';

export interface WriteOptions {
  /** The directory of the module files, absolute or below ServerRoot; null writes no LoadModule at all. */
  readonly modules?: string | null;
}

/**
 * @param deployment - As a reader would give it: sections for files stand right behind their directory's, daemon groups
 *   and preloads in an order that a text can have, durations in whole seconds, no line break in any word.
 */
export function writeApache(deployment: ApacheDeployment, { modules = 'modules' }: WriteOptions = {}): string {
  const [main, ...virtual] = deployment.hosts;
  const lines = [
    ...(modules === null ? [] : loadModules(deployment, modules)),
    ...deployment.listens.map((listen) => `Listen ${listen.address === '*' ? listen.port : addressText(listen)}`),
    ...poolLines(deployment),
    ...(deployment.restrictEmbedded ? ['WSGIRestrictEmbedded On'] : []),
    ...surroundingsLines(deployment.surroundings),
    ...limitLines(deployment.limits),
    ...keepAliveLines(deployment),
    ...nameLines(main),
    ...fileLines(main.files),
    ...itemsOf(deployment, 0, 0).flatMap(itemLines),
    // Types of files by their names are no matter here, and the list may be missing.
    ...(modules !== null && namesSuffixes(deployment) ? ['TypesConfig /dev/null'] : []),
    ...settingsLines(main.settings),
    ...sectionLines(main.sections),
  ];
  for (const [index, host] of virtual.entries())
    lines.push(
      `<VirtualHost ${host.addresses.map(addressText).join(' ') || '""'}>`,
      ...indented([
        ...nameLines(host),
        ...fileLines(host.files),
        ...itemsOf(deployment, index + 1, index + 1).flatMap(itemLines),
        ...settingsLines(host.settings),
        ...sectionLines(host.sections),
      ]),
      '</VirtualHost>',
      ...itemsOf(deployment, 0, index + 1).flatMap(itemLines),
    );
  return `${lines.join('\n')}\n`;
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const loadModules = (deployment: ApacheDeployment, directory: string): readonly string[] =>
  [
    `mpm_${deployment.server.mpm}`,
    'authz_core',
    'env',
    ...(deployment.hosts.some(({ files }) => files.aliases.length > 0) ? ['alias'] : []),
    ...(namesIndexes(deployment) ? ['dir'] : []),
    ...(namesSuffixes(deployment) ? ['mime'] : []),
    ...(needsReadTimeouts(deployment.limits) ? ['reqtimeout'] : []),
    'wsgi',
  ].map((name) => `LoadModule ${name}_module ${quoteWord(`${directory}/mod_${name}.so`)}`);

function addressText({ address, port }: Listen | Host['addresses'][number]): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${port ?? '*'}`;
}

function poolLines(deployment: ApacheDeployment): readonly string[] {
  const { children, server } = deployment;
  const { spare, gracefulShutdownTimeout, ...numbers } = children;
  const value = (field: (typeof mpmDirectives)[number]['field']): number | null => {
    switch (field) {
      case null:
        return null;
      case 'spare.min':
        return spare.min;
      case 'spare.max':
        return spare.max;
      case 'gracefulShutdownTimeout':
        return gracefulShutdownTimeout / 1000;
      default:
        return numbers[field];
    }
  };
  return mpmDirectives
    .filter((directive) => directive.mpms.includes(server.mpm))
    .flatMap((directive) => {
      const number = value(directive.field);
      return number === null || number === directive.default[server.mpm] ? [] : [`${directive.name} ${number}`];
    });
}

function keepAliveLines({ keepAlive }: ApacheDeployment): readonly string[] {
  if (!keepAlive) return [];
  const { isOn, timeout, maxRequests } = keepAlive;
  return [
    `KeepAlive ${isOn ? 'On' : 'Off'}`,
    `KeepAliveTimeout ${timeout % 1000 === 0 ? timeout / 1000 : `${timeout}ms`}`,
    `MaxKeepAliveRequests ${maxRequests}`,
  ];
}

function nameLines(host: Host): readonly string[] {
  const port = host.serverPort === null ? '' : `:${host.serverPort}`;
  return [
    ...(host.serverName === null ? [] : [`ServerName ${quoteWord(`${host.serverName}${port}`)}`]),
    ...(host.serverAdmin === undefined ? [] : [`ServerAdmin ${quoteWord(host.serverAdmin)}`]),
    ...(host.serverAliases.length === 0 ? [] : [`ServerAlias ${host.serverAliases.map(quoteWord).join(' ')}`]),
  ];
}

const namesIndexes = ({ hosts }: ApacheDeployment): boolean =>
  anyLevel(hosts, (level) => level.directoryIndex !== undefined);
const namesSuffixes = ({ hosts }: ApacheDeployment): boolean =>
  anyLevel(hosts, (level) => level.scriptSuffixes !== undefined);
const anyLevel = (hosts: readonly Host[], test: (level: Settings) => boolean): boolean =>
  hosts.some(({ settings, sections }) => [settings, ...sections.map((section) => section.settings)].some(test));

const fileLines = ({ aliases, documentRoot }: HostFiles): readonly string[] => [
  ...(documentRoot === null ? [] : [`DocumentRoot ${quoteWord(documentRoot)}`]),
  ...aliases.map(
    ({ match, url, path, isCgi }) =>
      `${isCgi ? 'Script' : ''}Alias${match === 'pattern' ? 'Match' : ''} ${quoteWord(url)} ${quoteWord(path)}`,
  ),
];

function itemLines(item: OrderedItem): readonly string[] {
  switch (item.kind) {
    case 'daemon':
      return [daemonLine(item.daemon)];
    case 'alias':
      return [aliasLine(item.alias)];
    case 'import':
      return [
        `WSGIImportScript ${quoteWord(item.preload.script)}${optionText('process-group', item.preload.processGroup || '%{GLOBAL}')}${optionText('application-group', item.preload.applicationGroup || '%{GLOBAL}')}`,
      ];
  }
}

const optionText = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : ` ${name}=${quoteWord(String(value))}`;

function daemonLine(daemon: DaemonGroup): string {
  const options = daemonOptions.map(({ name, field, default: standard, unit }) => {
    if (field === null) return '';
    const value = daemon[field];
    const written = typeof value === 'number' && unit === 'seconds' ? value / 1000 : value;
    // Left out, `processes` is 1 too, but then wsgi.multiprocess is False.
    const isDefault = name === 'processes' ? written === null : written === standard;
    return isDefault || written === null ? '' : optionText(name, written);
  });
  const others = Object.entries(daemon.others).map(([name, value]) => optionText(name, value));
  return `WSGIDaemonProcess ${quoteWord(daemon.name)}${[...options, ...others].join('')}`;
}

function aliasLine({ match, url, script, settings }: ScriptAlias): string {
  const { passAuthorization } = settings;
  return [
    `${match === 'pattern' ? 'WSGIScriptAliasMatch' : 'WSGIScriptAlias'} ${quoteWord(url)} ${quoteWord(script)}`,
    optionText('process-group', settings.processGroup),
    optionText('application-group', settings.applicationGroup),
    optionText('callable-object', settings.callableObject),
    passAuthorization === undefined ? '' : ` pass-authorization=${onOff(passAuthorization)}`,
  ].join('');
}

const onOff = (flag: boolean): string => (flag ? 'On' : 'Off');

function settingsLines(settings: Settings): readonly string[] {
  const lines: string[] = [];
  const word = (name: string, value: string | undefined): void => {
    if (value !== undefined) lines.push(`${name} ${quoteWord(value)}`);
  };
  const flag = (name: string, value: boolean | undefined): void => {
    if (value !== undefined) lines.push(`${name} ${onOff(value)}`);
  };
  word('WSGIProcessGroup', settings.processGroup);
  word('WSGIApplicationGroup', settings.applicationGroup);
  word('WSGICallableObject', settings.callableObject);
  flag('WSGIScriptReloading', settings.scriptReloading);
  flag('WSGIPassAuthorization', settings.passAuthorization);
  flag('WSGIChunkedRequest', settings.chunkedRequest);
  word('WSGIMapHEADToGET', settings.mapHeadToGet);
  flag('WSGIEnableSendfile', settings.enableSendfile);
  flag('WSGIIgnoreActivity', settings.ignoreActivity);
  flag('UseCanonicalName', settings.canonicalName);
  if (settings.restrictProcess)
    lines.push(['WSGIRestrictProcess', ...settings.restrictProcess.map(quoteWord)].join(' '));
  for (const [name, value] of Object.entries(settings.env ?? {}))
    lines.push(`SetEnv ${quoteWord(name)} ${quoteWord(value)}`);
  if (settings.limitRequestBody !== undefined) lines.push(`LimitRequestBody ${settings.limitRequestBody}`);
  if (settings.directoryIndex)
    lines.push(`DirectoryIndex ${settings.directoryIndex.map(quoteWord).join(' ') || 'disabled'}`);
  word('SetHandler', settings.handler);
  if (settings.scriptSuffixes) lines.push(['AddHandler wsgi-script', ...settings.scriptSuffixes].join(' '));
  if (settings.access !== undefined) lines.push(`Require all ${settings.access}`);
  return lines;
}

const sectionNames: Readonly<Record<Section['kind'], string>> = {
  directory: 'Directory',
  files: 'Files',
  location: 'Location',
};

/** Files sections that belong to a directory go inside it. */
function sectionLines(sections: readonly Section[]): readonly string[] {
  const lines: string[] = [];
  let index = 0;
  while (index < sections.length) {
    const section = sections[index];
    if (!section) break;
    let end = index + 1;
    while (section.kind === 'directory' && isInside(section, sections[end])) end++;
    const inside = sections.slice(index + 1, end).flatMap((inner) => oneSection(inner, []));
    lines.push(...oneSection(section, inside));
    index = end;
  }
  return lines;
}

const isInside = (outer: Section, inner: Section | undefined): boolean =>
  inner?.within != null && inner.within.match === outer.match && inner.within.pattern === outer.pattern;

function oneSection(section: Section, inside: readonly string[]): readonly string[] {
  const name = `${sectionNames[section.kind]}${section.match === 'regex' ? 'Match' : ''}`;
  return [
    `<${name} ${quoteWord(section.pattern)}>`,
    ...indented([...settingsLines(section.settings), ...inside]),
    `</${name}>`,
  ];
}
