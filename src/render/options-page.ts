/** The option reference: the tables that the configuration reader and the model work from, for people. */
import { modWsgiReleases } from '../../spec/deployments/apache.ts';
import { gunicornReleases } from '../../spec/deployments/gunicorn.ts';
import type { LimitDirective } from '../../spec/options/apache-limits.ts';
import type { MpmDirective } from '../../spec/options/apache-mpm.ts';
import type { GunicornSetting } from '../../spec/options/gunicorn-settings.ts';
import type { DaemonOption } from '../../spec/options/mod-wsgi-daemon-options.ts';
import type { WsgiDirective } from '../../spec/options/mod-wsgi-directives.ts';
import type { Option, Releases, ValueShape } from '../../spec/options/option.ts';
import type { UwsgiOptionName } from '../../spec/options/uwsgi-option-names.ts';
import type { UwsgiOption } from '../../spec/options/uwsgi-options.ts';
import { code, generated, markdownTable } from './markdown-table.ts';

export interface OptionTables {
  readonly daemonOptions: readonly DaemonOption[];
  readonly wsgiDirectives: readonly WsgiDirective[];
  readonly mpmDirectives: readonly MpmDirective[];
  readonly limitDirectives: readonly LimitDirective[];
  readonly gunicornSettings: readonly GunicornSetting[];
  readonly uwsgiOptions: readonly UwsgiOption[];
  readonly uwsgiOptionNames: readonly UwsgiOptionName[];
}

export function optionsPage(tables: OptionTables): string {
  const { daemonOptions, wsgiDirectives, mpmDirectives, limitDirectives } = tables;
  const daemonRow = (option: DaemonOption): readonly string[] => [
    ...common(option),
    plain(option.default),
    ...rest(option),
  ];
  const directiveRow = (directive: WsgiDirective): readonly string[] => [
    ...common(directive),
    plain(directive.default),
    ...rest(directive),
  ];
  return `${[
    generated('spec/options'),
    '# Options',
    `How the servers read their settings. An *integer* is read by C's \`atoi\`: reading stops at the first character that is
not a digit, and a word without digits is 0. Where nothing is said about releases, mod_wsgi ${modWsgiReleases.join(', ')}
all have the setting.`,
    '## WSGIDaemonProcess',
    'Options that decide about processes, threads, interpreters, lifetime and dispatch:',
    markdownTable(header, daemonOptions.filter((option) => option.field !== null).map(daemonRow)),
    'Accepted and checked, without effect on the model:',
    markdownTable(header, daemonOptions.filter((option) => option.field === null).map(daemonRow)),
    '## Directives of mod_wsgi',
    'Part of the model:',
    markdownTable(header, wsgiDirectives.filter((directive) => directive.modelled).map(directiveRow)),
    'Accepted and checked, without effect on the model:',
    markdownTable(header, wsgiDirectives.filter((directive) => !directive.modelled).map(directiveRow)),
    "## Directives of Apache's MPMs",
    'What the values come to after the MPM has corrected them is code, not a table: the diagnostics say so.',
    markdownTable(
      header,
      mpmDirectives.map((directive) => [
        ...common(directive),
        mpmDefaults(directive),
        directive.changes,
        directive.source,
      ]),
    ),
    '## Limits of requests',
    'Directives of the core; RequestReadTimeout of mod_reqtimeout is read as well.',
    markdownTable(
      header,
      limitDirectives.map((directive) => [
        ...common(directive),
        plain(directive.default),
        directive.changes,
        directive.source,
      ]),
    ),
    ...gunicornChapter(tables),
    ...uwsgiChapter(tables),
  ].join('\n\n')}\n`;
}

function gunicornChapter({ gunicornSettings }: OptionTables): readonly string[] {
  const row = (setting: GunicornSetting): readonly string[] => [
    code(setting.name),
    setting.flags.length === 0 ? '–' : setting.flags.map(code).join(', '),
    setting.unit === null ? pythonShape(setting) : `${pythonShape(setting)}, ${setting.unit}`,
    pythonDefault(setting.default),
    `${setting.changes}${gunicornLifetime(setting)}`,
    setting.source,
  ];
  const columns = ['Setting', 'On the command line', ...header.slice(1)];
  return [
    '## Settings of gunicorn',
    `A settings file is Python: a setting is a variable of that name, and other names are ignored. GUNICORN_CMD_ARGS beats the
file, and the command line beats both. A flag may be shortened as long as it is clear which one is meant.`,
    'Part of the model:',
    markdownTable(columns, gunicornSettings.filter((setting) => setting.field !== null).map(row)),
    'Accepted and checked, without effect on the model:',
    markdownTable(columns, gunicornSettings.filter((setting) => setting.field === null).map(row)),
  ];
}

function pythonShape({ shape: { kind, ...more } }: GunicornSetting): string {
  switch (kind) {
    case 'natural':
      return 'integer from 0';
    case 'truth':
      return 'True or False';
    case 'texts':
      return 'list of texts';
    case 'comma-list':
      return 'texts with commas between them';
    case 'class':
      return 'name or class';
    case 'hook':
      return 'arity' in more && more.arity !== null
        ? `function with ${more.arity} ${more.arity === 1 ? 'argument' : 'arguments'}`
        : 'function';
    case 'files':
      return 'list of files';
    case 'host-port':
      return 'HOST:PORT';
    case 'engine':
      return 'auto, poll or inotify';
    case 'ssl-version':
      return 'version of TLS';
    default:
      return kind;
  }
}

const pythonDefault = (value: GunicornSetting['default']): string => {
  if (value === null || value === '') return '–';
  if (typeof value === 'object') return value.length === 0 ? '–' : value.map(code).join(', ');
  return typeof value === 'boolean' ? code(value ? 'True' : 'False') : code(String(value));
};

const gunicornLifetime = ({ since, releases }: GunicornSetting): string => {
  const only = releases.length === gunicornReleases.length ? '' : `${releases.join(', ')} only`;
  const words = [only, since === null ? '' : `since ${since}`].filter(Boolean);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
};

function uwsgiChapter({ uwsgiOptions, uwsgiOptionNames }: OptionTables): readonly string[] {
  const row = (option: UwsgiOption): readonly string[] => [
    [option.name, ...option.aliases].map(code).join(', ') +
      (option.short === null ? '' : ` ${code(`-${option.short}`)}`),
    ...common(option).slice(1),
    option.default === null ? '–' : code(String(option.default)),
    `${option.changes}${implied(option)}${option.since === null ? '' : ` (since ${option.since})`}`,
    option.source,
  ];
  const others = (part: UwsgiOption['part']): string =>
    uwsgiOptionNames
      .filter((option) => option.part === part)
      .map(({ name }) => code(name))
      .join(', ');
  return [
    '## Options of uWSGI 2.0',
    `A negative *integer* stops the server. An option that takes nothing is on by its name alone; \`false\`, \`off\`, \`no\` or
\`0\` behind it take it back. Of an option written twice the last one decides, unless it is one of a list.`,
    markdownTable(header, uwsgiOptions.map(row)),
    'Known, and without effect on the model beyond switching on the master or threads:',
    others('core'),
    'Of the plugin python:',
    others('python'),
    'Of the plugin http:',
    others('http'),
    'Of the plugin gevent:',
    others('gevent'),
  ];
}

const implied = ({ implies }: UwsgiOption): string =>
  implies.length === 0
    ? ''
    : ` Its name alone sets ${implies.map((each) => code(each === 'threads' ? 'enable-threads' : each)).join(' and ')}.`;

const header = ['Name', 'Value', 'Default', 'What it changes', 'Source'];

const common = (option: Pick<Option, 'name' | 'shape' | 'unit'>): readonly string[] => [
  code(option.name),
  option.unit === null ? shape(option.shape) : `${shape(option.shape)}, ${option.unit}`,
];

const rest = (option: Option & Releases): readonly string[] => [`${option.changes}${lifetime(option)}`, option.source];

const plain = (value: Option['default']): string => (value === null ? '–' : code(spelled(value)));
const spelled = (value: NonNullable<Option['default']>): string =>
  typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);

/** One value if all the MPMs agree, else each with its own. */
function mpmDefaults(directive: MpmDirective): string {
  const values = directive.mpms.map((mpm) => directive.default[mpm] ?? null);
  const [first] = values;
  if (first === undefined || values.every((value) => value === first)) {
    const everywhere = directive.mpms.length === 3 ? '' : ` (${directive.mpms.join(', ')})`;
    return `${plain(first ?? null)}${everywhere}`;
  }
  return directive.mpms.map((mpm, index) => `${mpm} ${plain(values[index] ?? null)}`).join(', ');
}

function shape(value: ValueShape): string {
  switch (value.kind) {
    case 'integer':
      return `integer${bounds(value.min, value.max)}${value.zero ? ', or 0' : ''}`;
    case 'long':
      return `integer of 64 bits${bounds(value.min, null)}`;
    case 'decimal':
      return 'decimal number above 0';
    case 'octal':
      return 'octal number';
    case 'flag':
      return 'On or Off';
    case 'switch':
      return 'nothing, or false';
    case 'absolute-path':
      return 'absolute path';
    case 'name':
      return 'word';
    case 'text':
      return 'text';
  }
}

function bounds(min: number | null, max: number | null): string {
  if (min !== null && max !== null) return ` from ${min} to ${max}`;
  if (min !== null) return ` from ${min}`;
  return max === null ? '' : ` up to ${max}`;
}

const lifetime = ({ since, until, releases }: Releases): string => {
  if (releases.length === modWsgiReleases.length) return '';
  const limits = [since === null ? '' : `since ${since}`, until === null ? '' : `gone in ${until}`].filter(Boolean);
  return ` (mod_wsgi ${releases.join(', ')} only${limits.length > 0 ? `: ${limits.join(', ')}` : ''})`;
};
