/** What people type behind `gunicorn`, write into settings files and set in the environment; some of it is refused. */
import fc from 'fast-check';
import { type GunicornSetting, gunicornSettings } from '../../spec/options/gunicorn-settings.ts';

const flagged = gunicornSettings.filter(
  ({ flags, releases, name }) =>
    flags.length > 0 &&
    releases.includes('20.1') &&
    // Debian's 20.1.0 has it, the 20.1.0 of the index has not.
    name !== 'tolerate_dangerous_framing' &&
    // What they name must be there to be compared.
    !['config', 'paste', 'user', 'group', 'logger_class', 'ssl_version', 'pythonpath'].includes(name),
);

const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 40 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom('-1', '007', ' 5 ', '1_0', '+3', '0') },
  { weight: 1, arbitrary: fc.constantFrom('x', '4.5', '', '0x10', 'True', '1__0', '_1') },
);

const texts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  bind: fc.constantFrom(
    '127.0.0.1:8080',
    '0.0.0.0',
    ':9000',
    '[::1]:8000',
    '::1',
    'EXAMPLE.org:80',
    'unix:/run/x.sock',
    'unix:///run/x.sock',
    'fd://3',
    'fd://x',
    'tcp://1.2.3.4:5',
    '1.2.3.4:http',
    ' 127.0.0.1:1 ',
  ),
  worker_class: fc.constantFrom('sync', 'gthread', 'gunicorn.workers.sync.SyncWorker', 'nope', ' sync '),
  chdir: fc.constantFrom('sub', '.', 'nowhere', '../site/sub'),
  reload_engine: fc.constantFrom('auto', 'poll', 'fast'),
  reload_extra_files: fc.constantFrom('shop/wsgi.py', 'nowhere.txt'),
  raw_env: fc.constantFrom('A=B', 'SCRIPT_NAME=/shop', 'EMPTY=', 'nothing'),
  statsd_host: fc.constantFrom('localhost:8125', 'localhost', 'a:b:1', 'localhost:x'),
  umask: fc.constantFrom('022', '0o22', '18', '09', '-1'),
};

const valueFor = (setting: GunicornSetting): fc.Arbitrary<string> =>
  texts[setting.name] ??
  (setting.shape.kind === 'natural' ? numbers : fc.constantFrom('word', '', 'two words', 'a,b', '-x', '--', '='));

/** A flag as it is spelled: whole, or shortened, perhaps beyond what is clear. */
const spelling = ({ flags }: GunicornSetting): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...flags), fc.boolean(), fc.nat({ max: 12 }))
    .map(([flag, isWhole, length]) => (isWhole || !flag.startsWith('--') ? flag : flag.slice(0, 3 + length)));

const anyFlag: fc.Arbitrary<readonly string[]> = fc.constantFrom(...flagged).chain((setting) =>
  fc
    .tuple(spelling(setting), valueFor(setting), fc.constantFrom('apart', 'apart', 'sign', 'joined', 'alone'))
    .map(([flag, value, form]) => {
      if (/^store_/.test(setting.action) && form !== 'sign') return [flag];
      if (form === 'sign') return [`${flag}=${value}`];
      if (form === 'joined') return [`${flag}${value}`];
      return form === 'alone' ? [flag] : [flag, value];
    }),
);

const anyWord: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 8, arbitrary: anyFlag },
  { weight: 3, arbitrary: fc.constantFrom(['shop.wsgi'], ['shop.wsgi:app'], ['shop.wsgi:create()'], ['extra']) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['--'],
      ['-'],
      ['-5'],
      [''],
      ['a b'],
      ['--nope'],
      ['-RD'],
      ['-Rw4'],
      ['-RX'],
      ['-h'],
      ['-v'],
    ),
  },
);

/** The words behind `gunicorn`. */
export const anyGunicornWords: fc.Arbitrary<readonly string[]> = fc
  .tuple(fc.array(anyWord, { maxLength: 6 }), fc.boolean())
  .map(([words, isNamed]) => [...words.flat(), ...(isNamed ? ['shop.wsgi'] : [])]);

/** Words for GUNICORN_CMD_ARGS, quoted as its reader wants it; some of it is broken. */
export const anyGunicornArguments: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc.array(anyFlag, { maxLength: 3 }).map((flags) =>
      flags
        .flat()
        .map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word}'`))
        .join(' '),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(`-w "4"`, `-n 'a b`, `-n a\\ b`, `-n "a\\"b\\c"`, '-n a\\') },
);

export const anyGunicornEnvironment: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record({
    WEB_CONCURRENCY: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: numbers }),
    PORT: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom('8123', 'x') }),
    GUNICORN_CMD_ARGS: anyGunicornArguments.map((text) => (text === '' ? null : text)),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null)));

const pythonValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 40 }).map(String) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'True',
      'False',
      "'true'",
      "'sync'",
      "'gthread'",
      "'127.0.0.1:8080'",
      "'shop.wsgi'",
      '"sub"',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'None',
      '-1',
      '2.5',
      "'0x3'",
      "'010'",
      "['0.0.0.0:1', 'unix:/run/x']",
      "('A=B',)",
      '[]',
      '{}',
      '{1: 2}',
      '3 * 2 + 1',
      'len("abc")',
      'lambda server: None',
      'lambda server, worker: None',
      "b'bytes'",
      'object',
    ),
  },
);

const written = gunicornSettings.filter(
  ({ releases, name }) =>
    releases.includes('20.1') &&
    !['tolerate_dangerous_framing', 'paste', 'user', 'group', 'logger_class', 'ssl_version', 'pythonpath'].includes(
      name,
    ),
);

/** Lines of a settings file. */
export const anyGunicornSettings: fc.Arbitrary<string> = fc
  .array(
    fc
      .tuple(
        fc.oneof(fc.constantFrom(...written), fc.constantFrom(...written.filter(({ field }) => field !== null))),
        pythonValue,
      )
      .map(([{ name }, value]) => `${name} = ${value}`),
    { maxLength: 4 },
  )
  .map((lines) => `${lines.join('\n')}\n`);
