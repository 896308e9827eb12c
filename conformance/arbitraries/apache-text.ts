/**
 * Apache configurations as people write them, some sound and some damaged: values out of bounds, misspelt options,
 * directives in the wrong place, sections that do not close, quotes that do not match.
 */
import fc from 'fast-check';

export interface TextParameters {
  /** Files that Include may name; all exist, below ServerRoot. */
  readonly includes: readonly string[];
}

/** A directive, or a section with what stands inside. */
type Line =
  | { readonly kind: 'directive'; readonly text: string }
  | { readonly kind: 'section'; readonly open: string; readonly close: string; readonly inside: readonly Line[] };

/** Configuration text without LoadModule and without what every server needs, such as PidFile. */
export const anyConfigurationText = (parameters: TextParameters): fc.Arbitrary<string> =>
  fc
    .record({
      declared: fc.subarray(groups.slice(0, 3).map((name) => directive(`WSGIDaemonProcess ${name}`))),
      lines: fc.array(serverLine(parameters, 2), { minLength: 1, maxLength: 6 }),
      damage: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Damage>((lines) => lines) },
        { weight: 1, arbitrary: anyDamage },
      ),
      style: anyStyle,
    })
    .map(
      ({ declared, lines, damage, style }) =>
        `${damage([...declared, ...lines].flatMap((line) => render(line, 0, style))).join(style.newline)}\n`,
    );

interface Style {
  readonly indent: string;
  readonly newline: string;
  readonly shout: boolean;
}

const anyStyle: fc.Arbitrary<Style> = fc.record({
  indent: fc.constantFrom('', '  ', '\t'),
  newline: fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n', '\n# a comment\n'),
  shout: fc.boolean().map((flag) => flag),
});

const render = (line: Line, depth: number, style: Style): readonly string[] => {
  const margin = style.indent.repeat(depth);
  if (line.kind === 'directive') return [`${margin}${style.shout ? shouted(line.text) : line.text}`];
  return [
    `${margin}${line.open}`,
    ...line.inside.flatMap((inner) => render(inner, depth + 1, style)),
    `${margin}${line.close}`,
  ];
};

/** Names of directives are the same in any case. */
const shouted = (text: string): string => text.replace(/^[A-Za-z]+/, (name) => name.toUpperCase());

/** `${NAME}`, as a configuration writes it. */
const variable = (name: string): string => `\${${name}}`;
const directive = (text: string): Line => ({ kind: 'directive', text });
const one = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
/** Mostly from the first list, now and then from the second. */
const mostly = (good: readonly string[], bad: readonly string[], weight = 30): fc.Arbitrary<string> =>
  fc.oneof({ weight, arbitrary: one(...good) }, { weight: 1, arbitrary: one(...bad) });
const words = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.filter((text) => text !== '').join(' '));

const groups = ['alpha', 'beta', 'gamma', '"a group"', "'delta'"] as const;
const oddNumbers = ['', '-1', 'abc', '3x', '5m', '0', '99999999999', '"4"', '4 ', '+2', '2.5', "'3", '"5'] as const;
const numbers = ['1', '2', '3', '10', '15', '64'] as const;

const count = mostly(numbers, oddNumbers);
const timeout = mostly(['0', '1', '30', '300'], oddNumbers);
const flag = mostly(['On', 'Off', 'on', 'OFF'], ['Yes', '1', '', 'On Off', 'Auto', '"On"'], 8);

const countedOption = fc.oneof(
  ...['processes', 'threads', 'maximum-requests', 'listen-backlog', 'stack-size', 'cpu-priority'].map((name) =>
    count.map((value) => `${name}=${value}`),
  ),
);
const timedOption = fc.oneof(
  ...[
    'shutdown-timeout',
    'deadlock-timeout',
    'inactivity-timeout',
    'request-timeout',
    'graceful-timeout',
    'eviction-timeout',
    'restart-interval',
    'connect-timeout',
    'socket-timeout',
    'queue-timeout',
    'startup-timeout',
    'response-socket-timeout',
    'cpu-time-limit',
  ].map((name) => timeout.map((value) => `${name}=${value}`)),
);

/** Values at and around each bound, odd spellings, and options that another release has. */
const oddOption = fc.oneof(
  one('memory-limit=0', 'memory-limit=-5', 'virtual-memory-limit=100000000', 'virtual-memory-limit=x'),
  one('send-buffer-size=512', 'send-buffer-size=511', 'send-buffer-size=0', 'receive-buffer-size=1'),
  one('header-buffer-size=8192', 'header-buffer-size=8191', 'response-buffer-size=65536', 'response-buffer-size=1'),
  one('threads=65533', 'threads=65534', 'threads=4294967297', 'threads=-4294967295', 'processes=4294967296'),
  one('umask=0022', 'umask=9', 'umask=', 'umask=-1', 'umask=0x1', 'umask=22 '),
  one('home=/tmp', 'home=tmp', 'home=', 'home="/tmp"', 'lang=C', 'locale=', 'python-path=/a:/b', 'python-home=/usr'),
  one('display-name=%{GROUP}', 'display-name="a b"', "display-name='(wsgi)'", 'display-name=', 'display-name=a b'),
  one('server-metrics=On', 'server-metrics=maybe', 'newrelic-environment=x', 'python-eggs=/tmp'),
  one('user=root', 'user=nobody', 'user=', 'group=nogroup', 'script-user=nobody', 'script-group=nogroup'),
  one('supplementary-groups=', 'supplementary-groups=nogroup', 'user=#0', 'user=#65534', 'script-user='),
  one('Threads=3', 'thread=3', 'switch-interval=0.1', 'interrupt-timeout=3', 'processes =2', 'processes= 2', '=', 'a='),
);

/** Every option of WSGIDaemonProcess with values for it. */
const daemonOption: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: countedOption },
  { weight: 5, arbitrary: timedOption },
  { weight: 1, arbitrary: oddOption },
);

const daemonProcess = fc
  .tuple(
    mostly(['delta', 'epsilon', "'zeta'", '"a group"'], ['', '""', '#x', 'alpha', 'alpha=1', '%{GROUP}'], 12),
    fc.array(daemonOption, { maxLength: 3 }),
  )
  .map(([name, options]) => directive(['WSGIDaemonProcess', name, ...options].join(' ')));

const url = mostly(['/', '/a', '/a/b', '"/a b"', '/app'], ['', '""', "'/a", 'a'], 15);
const pattern = mostly(
  ['^/a(.*)$', '/[a-z]+', '^/(x|y)/', '"^/a b"', '(?i)^/A', '\\.wsgi$', '^/a{2,3}$', '^/a++b', '/a{,2}'],
  [
    '(',
    '[a',
    '*a',
    '^/a(',
    'a)b',
    'a**',
    '^/a{3,2}',
    '\\',
    '"(',
    '+',
    '(?',
    '^*',
    '$*',
    'a|*',
    '[[:alpha:]',
    '[]',
    '[z-a]',
  ],
  14,
);
const script = mostly(
  ['/srv/a.wsgi', '/srv/b.wsgi', '"/srv/a b.wsgi"', '/srv/$1.wsgi'],
  ['', '""', '"/srv', 'a.wsgi'],
  15,
);
const groupOption = mostly(
  [...groups, '%{GLOBAL}', '%{ENV:X}', '%{RESOURCE}'].map((name) => `process-group=${name}`),
  [
    'process-group=',
    'process-group=nowhere',
    'process_group=alpha',
    'Process-Group=alpha',
    'process-group',
    'process-group = alpha',
  ],
  6,
);
const applicationOption = mostly(
  ['shared', '%{GLOBAL}', '%{SERVER}', '"a b"'].map((name) => `application-group=${name}`),
  ['application-group=', 'application-group=""', 'application-group'],
);
const aliasOption = fc.oneof(
  groupOption,
  applicationOption,
  mostly(['callable-object=app'], ['callable-object=']),
  mostly(['pass-authorization=On', 'pass-authorization=off'], ['pass-authorization=', 'pass-authorization=1']),
  one('threads=1', 'nonsense'),
);
const aliasOptions = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: words(groupOption, applicationOption) },
  { weight: 1, arbitrary: fc.array(aliasOption, { maxLength: 3 }).map((options) => options.join(' ')) },
);

const wsgiServer: fc.Arbitrary<Line> = fc.oneof(
  { weight: 6, arbitrary: daemonProcess },
  { weight: 5, arbitrary: words(one('WSGIScriptAlias'), url, script, aliasOptions).map(directive) },
  { weight: 2, arbitrary: words(one('WSGIScriptAliasMatch'), pattern, script, aliasOptions).map(directive) },
  { weight: 2, arbitrary: words(one('WSGIImportScript'), script, groupOption, applicationOption).map(directive) },
  { weight: 1, arbitrary: words(one('WSGIImportScript'), script, aliasOptions).map(directive) },
  {
    weight: 2,
    arbitrary: words(
      one(
        'WSGIRestrictEmbedded',
        'WSGISocketRotation',
        'WSGILazyInitialization',
        'WSGIVerboseDebugging',
        'WSGIDontWriteBytecode',
        'WSGIDestroyInterpreter',
        'WSGIRestrictStdin',
        'WSGIRestrictSignal',
        'WSGICaseSensitivity',
        'WSGIServerMetrics',
      ),
      flag,
    ).map(directive),
  },
  {
    weight: 1,
    arbitrary: mostly(
      [
        'WSGISocketPrefix run/wsgi',
        'WSGIAcceptMutex default',
        'WSGIAcceptMutex pthread',
        'WSGIPythonHashSeed random',
        'WSGIPythonHashSeed 4294967295',
        'WSGIPythonPath /a:/b',
        'WSGIPythonHome /usr',
        'WSGIPythonOptimize x',
        'WSGIPythonWarnings ignore',
        'WSGIPythonEggs /tmp',
        'WSGINewRelicEnvironment x',
      ],
      [
        'WSGISocketPrefix',
        'WSGIAcceptMutex nonsense',
        'WSGIPythonHashSeed 4294967296',
        'WSGIPythonHashSeed -1',
        'WSGIPythonHashSeed 1x',
        'WSGIPythonPath /a /b',
        'WSGIPerInterpreterGIL On',
        'WSGISwitchInterval 0.1',
        'WSGIReloadMechanism Process',
        'WSGIUserAuthoritative On',
      ],
      4,
    ).map(directive),
  },
);

const wsgiAnywhere: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 3,
    arbitrary: words(one('WSGIProcessGroup'), mostly([...groups, '%{GLOBAL}', 'nowhere'], ['', '""', 'a b'])).map(
      directive,
    ),
  },
  {
    weight: 3,
    arbitrary: words(one('WSGIApplicationGroup'), mostly(['shared', '%{GLOBAL}', '%{ENV:X}'], ['', 'a b'])).map(
      directive,
    ),
  },
  { weight: 1, arbitrary: words(one('WSGICallableObject'), mostly(['app'], ['', 'a b'])).map(directive) },
  {
    weight: 2,
    arbitrary: words(
      one(
        'WSGIScriptReloading',
        'WSGIPassAuthorization',
        'WSGIPassApacheRequest',
        'WSGIErrorOverride',
        'WSGIChunkedRequest',
        'WSGIMapHEADToGET',
        'WSGIIgnoreActivity',
        'WSGIEnableSendfile',
      ),
      flag,
    ).map(directive),
  },
  {
    weight: 1,
    arbitrary: mostly(
      [
        'WSGIRestrictProcess alpha %{GLOBAL}',
        'WSGIRestrictProcess',
        'WSGIRestrictProcess ""',
        'WSGIDispatchScript /srv/d.py',
        'WSGIDispatchScript /srv/d.py application-group=x',
        'WSGIHandlerScript name /srv/h.py process-group=x',
        'WSGITrustedProxies 10.0.0.1 10.0.0.0/8',
        'WSGITrustedProxies 10.1',
        'WSGITrustedProxies ::1 fe80::/10',
        'WSGITrustedProxyHeaders X-Forwarded-For',
      ],
      [
        'WSGIDispatchScript',
        'WSGIDispatchScript /srv/d.py process-group=x',
        'WSGIHandlerScript name',
        'WSGITrustedProxies 10.0.0.256',
        'WSGITrustedProxies nonsense',
        'WSGITrustedProxies 10.0.0.0/33',
      ],
      4,
    ).map(directive),
  },
);

const plainAnywhere: fc.Arbitrary<Line> = mostly(
  [
    'SetEnv GROUP alpha',
    'SetEnv GROUP',
    'SetEnv X "a b"',
    'UnsetEnv X',
    'PassEnv PATH',
    'Options None',
    'Options Indexes FollowSymLinks',
    'ErrorDocument 404 /x',
    'Define NAME value',
    'Define FLAG',
    'UnDefine NAME',
    'ServerSignature Off',
    'AddDefaultCharset utf-8',
    'LogLevel warn',
    'LogLevel info wsgi:debug',
  ],
  ['SetEnv', 'SetEnv a b c', 'Define a:b', 'ServerSignature maybe'],
  6,
).map(directive);

const mpmLine = words(
  one(
    'StartServers',
    'ServerLimit',
    'MaxRequestWorkers',
    'MaxClients',
    'MaxConnectionsPerChild',
    'MaxRequestsPerChild',
    'GracefulShutdownTimeout',
    'ListenBacklog',
    'ThreadsPerChild',
    'ThreadLimit',
    'MinSpareThreads',
    'MaxSpareThreads',
    'MinSpareServers',
    'MaxSpareServers',
    'AsyncRequestWorkerFactor',
    'ThreadStackSize',
  ),
  mostly(['1', '2', '5', '25', '100', '400'], ['0', '-3', 'abc', '10x', '', '1 2', '99999999999'], 6),
).map(directive);

const plainServer: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 2,
    arbitrary: words(
      one('Listen'),
      mostly(
        ['8001', '8002', '127.0.0.1:8003', '*:8004', '[::1]:8005', '8006 https', '0.0.0.0:8001'],
        [
          '0',
          '65536',
          'abc',
          ':80',
          '',
          '8001 http x',
          '[::1]',
          '[::g]:80',
          '1.2.3:80',
          '256.1.1.1:80',
          '80x',
          '127.0.0.1',
        ],
        5,
      ),
    ).map(directive),
  },
  { weight: 3, arbitrary: mpmLine },
  {
    weight: 2,
    arbitrary: words(
      one('ServerName'),
      mostly(
        ['one.example', 'http://one.example:8080', 'two.example:8001'],
        ['*.example', 'a:0', 'a:x', '', 'a b', 'a:99999', '[a]'],
      ),
    ).map(directive),
  },
  {
    weight: 1,
    arbitrary: mostly(
      [
        'Timeout 10',
        'Timeout x',
        'KeepAlive Off',
        'ServerAdmin a@b',
        'HostnameLookups On',
        'UseCanonicalName DNS',
        'ServerTokens Prod',
        'TraceEnable extended',
        'EnableSendfile off',
        'EnableMMAP On',
        'AcceptPathInfo Default',
        'AllowEncodedSlashes NoDecode',
        'ProtocolsHonorOrder on',
        'Alias /static /srv/static',
        '"ServerAdmin" x',
        '# WSGIDaemonProcess x \\',
        `${variable('NAME')} x`,
        `ServerAdmin ${variable('NAME')}@x`,
        `ServerAdmin ${variable('NOTHING')}`,
      ],
      [
        'ServerAlias www.example',
        'ServerAlias a *.b',
        'KeepAlive',
        'HostnameLookups sometimes',
        'ServerTokens rod',
        'TraceEnable maybe',
        'EnableSendfile default',
        'AllowEncodedSlashes decode',
        'Error "stop here"',
        'Nonsense',
        'WSGIDaemonProces alpha',
        'RewriteEngine On',
        'ProxyPass / http://127.0.0.1/',
        '<Location',
        '</Location>',
        'Alias',
        'LoadModule so_module modules/mod_so.so',
      ],
      4,
    ).map(directive),
  },
);

const accessLine: fc.Arbitrary<Line> = mostly(
  [
    'Require all granted',
    'Require all denied',
    'require ALL Granted',
    'Require ip 10.0.0.0/8 127.0.0.1',
    'Require local',
    'Require host example.org',
    'Require env X',
    'Require method GET',
    'Order allow,deny',
    'Order deny,allow',
    'Allow from all',
    'Deny from all',
    'Allow from 10.0.0.0/8 env=X example.org',
    'AllowOverride None',
    'Satisfy any',
  ],
  [
    'Require all',
    'Require',
    'Require all granted denied',
    'Require not all denied',
    'Require nobody',
    'Require ip',
    'Require ip 10.0.0.300',
    'Require ip nonsense',
    'Require local host',
    'Require valid-user',
    'Order allow, deny',
    'Order deny',
    'Allow all',
    'Allow from',
    'Allow from 1.2.3.4/99',
    'AllowOverride Nonsense',
    'Options Nonsense',
    'Options +Indexes None',
    'Satisfy maybe',
  ],
  5,
).map(directive);

/** What may stand inside Directory, Location and Files. */
const directoryLine = (depth: number): fc.Arbitrary<Line> =>
  fc.oneof(
    { weight: 6, arbitrary: wsgiAnywhere },
    { weight: 5, arbitrary: accessLine },
    { weight: 2, arbitrary: plainAnywhere },
    ...(depth > 0 ? [{ weight: 1, arbitrary: nestedSection(depth - 1) }] : []),
    {
      weight: 1,
      arbitrary: fc.oneof(
        { weight: 3, arbitrary: wsgiAnywhere },
        { weight: 1, arbitrary: fc.oneof(wsgiServer, plainServer) },
      ),
    },
  );

const section = (
  open: fc.Arbitrary<readonly [name: string, rest: string]>,
  inside: fc.Arbitrary<Line>,
  maxLength = 3,
): fc.Arbitrary<Line> =>
  fc.tuple(open, fc.array(inside, { maxLength })).map(
    ([[name, rest], lines]): Line => ({
      kind: 'section',
      open: `<${name}${rest}>`,
      close: `</${name}>`,
      inside: lines,
    }),
  );

const head = (name: string, rest: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, string]> =>
  rest.map((text) => [name, text === '' ? '' : ` ${text}`] as const);

const path = mostly(
  ['/srv', '/srv/a', '"/srv/a b"', '/', '/srv/*', '/srv//a/../b'],
  ['', '/srv /a', '""', "'/srv", 'srv', '~', '~ ('],
  12,
);
const plainPattern = pattern.map((text) => text.replace(/^\\$/, '^/'));

const directorySection = (depth: number): fc.Arbitrary<Line> =>
  section(
    fc.oneof(
      head('Directory', path),
      head('DirectoryMatch', plainPattern),
      head(
        'Directory',
        plainPattern.map((text) => `~ ${text}`),
      ),
    ),
    fc.oneof(
      { weight: 5, arbitrary: directoryLine(depth) },
      ...(depth > 0 ? [{ weight: 1, arbitrary: filesSection(0) }] : []),
    ),
  );

const filesSection = (depth: number): fc.Arbitrary<Line> =>
  section(
    fc.oneof(
      head('Files', mostly(['app.wsgi', '*.py', '"a b"', '~ \\.py$'], ['', 'a b', '""', '~', '../x', '/x'], 8)),
      head('FilesMatch', plainPattern),
    ),
    directoryLine(depth),
  );

const locationSection = (depth: number): fc.Arbitrary<Line> =>
  section(
    fc.oneof(
      head('Location', url),
      head('LocationMatch', plainPattern),
      head(
        'Location',
        plainPattern.map((text) => `~ ${text}`),
      ),
    ),
    directoryLine(depth),
  );

const nestedSection = (depth: number): fc.Arbitrary<Line> =>
  fc.oneof(
    conditionalSection(depth, directoryLine(0)),
    filesSection(0),
    section(head('Limit', mostly(['GET', 'GET POST'], ['', 'TRACE'])), directoryLine(0)),
    section(head('LimitExcept', one('GET')), directoryLine(0)),
    section(
      fc.oneof(head('RequireAll', mostly([''], ['x'])), head('RequireAny', one('')), head('RequireNone', one(''))),
      accessLine,
      2,
    ),
    section(head('If', mostly(['"%{REQUEST_METHOD} == \'GET\'"'], ['', 'true false'])), directoryLine(0)),
    section(head('Location', url), directoryLine(0)),
    section(head('VirtualHost', one('*:8001')), directoryLine(0)),
  );

const conditionalSection = (depth: number, inside: fc.Arbitrary<Line>): fc.Arbitrary<Line> =>
  section(
    fc.oneof(
      head(
        'IfModule',
        mostly(
          [
            'mod_wsgi.c',
            'wsgi_module',
            '!mod_wsgi.c',
            'mod_ssl.c',
            '!ssl_module',
            'core.c',
            'mpm_event_module',
            'mpm_prefork_module',
            '"mod_wsgi.c"',
          ],
          ['', '!'],
        ),
      ),
      head('IfDefine', mostly(['FLAG', '!FLAG', 'NAME'], [''])),
      head('IfFile', mostly(['/', 'nothing-there', '!nothing-there'], [''])),
      head(
        'IfVersion',
        mostly(
          ['>= 2.4', '2.4', '< 2.2', '!= 2.2', '~ ^2\\.4', '= /^2/', '> 2.4.1', '">=" 2.4'],
          ['', 'x', '=> 2.4', '>= 2.x', '~ (', '= /2', '= 2.4.1.1'],
        ),
      ),
      head('IfDirective', one('WSGIScriptAlias', '!SSLEngine')),
    ),
    inside,
    depth > 0 ? 3 : 2,
  );

const virtualHost = (depth: number): fc.Arbitrary<Line> =>
  section(
    head(
      'VirtualHost',
      mostly(
        ['*:8001', '*', '_default_:8002', '127.0.0.1:8003', '*:8001 *:8002', '[::1]:8001', '*:*', '"*:8001"'],
        ['', '8001', '*:0', '*:x', ':80', '*:99999', '[::1', '*:'],
        10,
      ),
    ),
    fc.oneof(
      { weight: 4, arbitrary: wsgiServer },
      { weight: 3, arbitrary: wsgiAnywhere },
      {
        weight: 2,
        arbitrary: one('ServerName one.example', 'ServerName two.example', 'ServerAlias a b').map(directive),
      },
      { weight: 1, arbitrary: plainAnywhere },
      { weight: 3, arbitrary: fc.oneof(locationSection(depth), directorySection(depth)) },
      { weight: 1, arbitrary: fc.oneof({ weight: 3, arbitrary: wsgiAnywhere }, { weight: 1, arbitrary: plainServer }) },
    ),
    5,
  );

function serverLine(parameters: TextParameters, depth: number): fc.Arbitrary<Line> {
  const inner: fc.Arbitrary<Line> = depth > 0 ? fc.oneof(wsgiServer, wsgiAnywhere, plainServer) : wsgiServer;
  return fc.oneof(
    { weight: 7, arbitrary: wsgiServer },
    { weight: 3, arbitrary: wsgiAnywhere },
    { weight: 2, arbitrary: plainServer },
    { weight: 1, arbitrary: plainAnywhere },
    { weight: 4, arbitrary: virtualHost(depth - 1) },
    { weight: 3, arbitrary: locationSection(depth - 1) },
    { weight: 3, arbitrary: directorySection(depth - 1) },
    { weight: 1, arbitrary: filesSection(depth - 1) },
    { weight: 2, arbitrary: conditionalSection(depth - 1, inner) },
    { weight: 1, arbitrary: nestedSection(depth - 1) },
    {
      weight: 1,
      arbitrary: words(
        one('Include', 'IncludeOptional'),
        mostly(
          [...parameters.includes, 'conf.d/*.conf', 'conf.d'],
          ['nothing.conf', 'nothing/*.conf', 'conf.d/*.nothing', ''],
        ),
      ).map(directive),
    },
  );
}

type Damage = (lines: readonly string[]) => readonly string[];

/** One or two accidents of editing. */
const anyDamage: fc.Arbitrary<Damage> = fc
  .array(
    fc.record({
      where: fc.nat(),
      column: fc.nat(),
      how: fc.constantFrom('drop', 'twice', 'swap', 'cut', 'insert', 'delete', 'join', 'continue', 'space'),
      character: fc.constantFrom('"', "'", '\\', '<', '>', ' ', '=', '#', '/', '$', '{', '-', 'x', '\t'),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map(
    (accidents): Damage =>
      (lines) =>
        accidents.reduce<readonly string[]>((all, accident) => damaged(all, accident), lines),
  );

function damaged(
  lines: readonly string[],
  { where, column, how, character }: { where: number; column: number; how: string; character: string },
): readonly string[] {
  if (lines.length === 0) return lines;
  const index = where % lines.length;
  const line = lines[index] ?? '';
  const at = column % (line.length + 1);
  const replaced = (...by: readonly string[]): readonly string[] => lines.toSpliced(index, 1, ...by);
  switch (how) {
    case 'drop':
      return replaced();
    case 'twice':
      return replaced(line, line);
    case 'swap':
      return lines.toSpliced(index, 2, ...lines.slice(index, index + 2).toReversed());
    case 'cut':
      return replaced(line.slice(0, at));
    case 'insert':
      return replaced(line.slice(0, at) + character + line.slice(at));
    case 'delete':
      return replaced(line.slice(0, at) + line.slice(at + 1));
    case 'join':
      return lines.toSpliced(index, 2, lines.slice(index, index + 2).join(' '));
    case 'continue':
      return replaced(`${line.slice(0, at)}\\`, line.slice(at));
    default:
      return replaced(`  ${line.slice(0, at)}   ${line.slice(at)}\t`);
  }
}
