/** Configurations of uWSGI, sound and broken: files in its own dialect, and command lines. */
import fc from 'fast-check';

/** Files beside the configuration, by name; some load others. */
export const uwsgiFiles: Readonly<Record<string, string>> = {
  'more.ini': '[uwsgi]\nthreads = 3\nmax-requests = %(processes)0\n[other]\nharakiri = 7\n%n = %s\n',
  'nothing.ini': '[else]\nprocesses = 9\n',
  'four.txt': '4\n',
  'lines.txt': 'env = A\nb\n\nc\n',
};

/** Variables that configurations may ask for. */
export const uwsgiEnvironment: Readonly<Record<string, string>> = { FOUR: '4', EMPTY: '', NESTED: '$(FOUR)' };

/** Small ones: a server that is told to have many processes and threads takes the memory for them when it starts. */
const number = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map(String),
  fc.constantFrom('0', '00', '12', '-1', '-0', '4s', '2m', '', ' 3', 'many', '+2', '0x10', '2.5'),
  fc.constantFrom(
    '$(FOUR)',
    '%(processes)',
    '%(mine)',
    '@(four.txt)',
    '$(NONE)',
    '%(processes mine + 1)',
    '$(EMPTY)$(FOUR)',
  ),
);
const word = fc.oneof(
  fc.constantFrom('true', 'false', 'off', 'OFF', 'No', '0', '1', '', 'yes', 'on ; really', 'false # not'),
  fc.constantFrom(
    '%n',
    '%d/x',
    '%%',
    'a%zb',
    '$(FOUR)',
    '$(NESTED)',
    '%(none)',
    '@(four.txt)',
    '%c.%e',
    '%(mine x)',
    '%(',
  ),
);
const numbered = fc.constantFrom(
  ...['processes', 'workers', 'threads', 'cheaper', 'cheaper-initial', 'cheaper-step', 'max-requests', 'harakiri'],
  ...['min-worker-lifetime', 'max-worker-lifetime', 'worker-reload-mercy', 'reload-mercy', 'listen', 'buffer-size'],
  ...[
    'idle',
    'async',
    'forkbomb-delay',
    'max-worker-lifetime-delta',
    'reload-on-rss',
    'py-autoreload',
    'socket-timeout',
  ],
  ...['spooler-frequency', 'log-slow', 'cheaper-overload', 'mule-reload-mercy'],
);
const switched = fc.constantFrom(
  ...[
    'master',
    'enable-threads',
    'lazy-apps',
    'lazy',
    'single-interpreter',
    'need-app',
    'die-on-term',
    'cheap',
    'vacuum',
  ],
  ...['thunder-lock', 'manage-script-name', 'strict', 'memory-report', 'log-5xx', 'auto-procname'],
);
const named = fc.constantFrom(
  'mine',
  'x',
  'procname-prefix',
  'workrs',
  'procname',
  'touch-reload',
  'cheaper-algo',
  'touch-mules-reload',
);

const line = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(numbered, number).map(([name, value]) => `${name} = ${value}`) },
  { weight: 5, arbitrary: fc.tuple(switched, word).map(([name, value]) => `${name}=${value}`) },
  { weight: 3, arbitrary: fc.tuple(named, fc.oneof(word, number)).map(([name, value]) => `${name} =\t${value} `) },
  { weight: 2, arbitrary: fc.oneof(switched, numbered, named) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['; a comment', '# another', '', '[uwsgi]', '[other]', '  [uwsgi]', '[uwsgi] ; not the end', '\tmine = 2\r'],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'if-env = FOUR',
        'if-env = FOUR=5',
        'if-not-env = NONE',
        'if-opt = mine',
        'if-not-opt = mine=2',
        'if-exists = %d/four.txt',
      ],
      ...[
        'for = 1 2  3',
        'for-times = 2',
        'for-readline = %d/lines.txt',
        'if-file = %d',
        'if-dir = %d',
        'if-not-file = none',
        'if-reload =',
      ],
      ...['for-glob = %d/*.txt', 'ifenv = EMPTY'],
    ),
  },
  { weight: 4, arbitrary: fc.constantFrom('endif =', 'endfor', 'end-if =', 'end-for =', 'end =') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'ini = %d/more.ini',
        'ini = %d/more.ini:other',
        'ini = :other',
        'include = %d/more.ini',
        'include = %d/nothing.ini',
      ],
      ...['inherit = %d/more.ini', 'ini = %d/missing.ini', 'include = %d/four.txt', 'ini = %d/nothing.ini:'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'set = processes=3',
        'set = mine',
        'set-placeholder = mine=5',
        'set-ph = threads=2',
        'mine = %(_)',
        'threads = %(_)',
      ],
      ...['set = x=%(mine)', 'env = C=%(_)', 'listen = 99999', 'processes = 4294967298'],
    ),
  },
);

export const anyUwsgiIni: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('[uwsgi]\n', '[uwsgi]\n', '[uwsgi]\n', ''), fc.array(line, { maxLength: 14 }), fc.boolean())
  .map(([head, lines, ends]) => `${head}${lines.join('\n')}${ends ? '\n' : ''}`);

const argument = fc.oneof(
  fc.tuple(numbered, number).map(([name, value]) => [`--${name}`, value]),
  fc.tuple(numbered, number).map(([name, value]) => [`--${name}=${value}`]),
  switched.map((name) => [`--${name}`]),
  fc.constantFrom(
    ...[
      ['-p', '4'],
      ['-p3'],
      ['-M'],
      ['-Mp', '2'],
      ['-MT'],
      ['-R', '10'],
      ['-t5'],
      ['-i'],
      ['-l', '50'],
      ['-b', '8192'],
    ],
    ...[
      ['--proc', '2'],
      ['--process', '2'],
      ['--thr', '2'],
      ['--thread', '2'],
      ['--mast'],
      ['--harak', '3'],
      ['--need-app=1'],
    ],
    ...[
      ['--master=1'],
      ['-Q'],
      ['--nope'],
      ['--ini', 'more.ini'],
      ['more.ini'],
      ['more.ini:other'],
      ['--ini=nothing.ini'],
    ],
    ...[
      ['four.txt'],
      ['--set', 'processes=3'],
      ['--set-ph=mine=1'],
      ['--'],
      ['-'],
      ['[master]'],
      ['missing.ini'],
      ['--threads'],
    ],
  ),
);

export const anyUwsgiArguments: fc.Arbitrary<readonly string[]> = fc
  .array(argument, { maxLength: 7 })
  .map((words) => words.flat());
