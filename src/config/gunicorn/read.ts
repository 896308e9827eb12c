/**
 * From what gunicorn is told to a deployment: defaults, then the settings file, then GUNICORN_CMD_ARGS, then the command
 * line. Source: gunicorn 20.1, app/base.py, Application.load_config; app/wsgiapp.py; config.py.
 */
import type { GunicornDeployment, GunicornRelease } from '../../../spec/deployments/gunicorn.ts';
import type { Listen } from '../../../spec/deployments/listen.ts';
import type { WorkerApplication } from '../../../spec/deployments/worker-application.ts';
import { gunicornSetting, gunicornSettings } from '../../../spec/options/gunicorn-settings.ts';
import { fromSeconds } from '../../../spec/vocabulary.ts';
import { commandLineName, type Word } from '../command-line.ts';
import { type Diagnostic, inOrder, isRefused, type Position } from '../diagnostic.ts';
import type { ConfigSource } from '../source.ts';
import { type Address, addressOf } from './address.ts';
import { applicationName, sourcesOf } from './application.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import { checkValue } from './check-value.ts';
import { pathFrom } from './path-from.ts';
import { int, intOf, type PythonValue, pythonText, str } from './python-value.ts';
import type { SettingsFile, SettingsName } from './settings-file.ts';
import { splitArguments } from './split-arguments.ts';
import { workerClassOf } from './worker-class.ts';

export interface GunicornInput {
  /** What stands behind `gunicorn`; null where a settings file was named alone. */
  readonly words: readonly Word[] | null;
  /** What messages call the configuration: the settings file that was named, or the command line. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where gunicorn is started; absolute. */
  readonly workingDirectory: string;
  readonly release: GunicornRelease;
  readonly source: Pick<ConfigSource, 'kind'>;
  /** The file that {@link settingsLocation} names; null where it names none. */
  readonly settings: SettingsFile | null;
  /** The text of a script, for hazards that lie in it; null where it cannot be read. */
  readonly readScript?: (path: string) => string | null;
}

/** Who decided a setting. */
export type SettingSource = 'environment' | 'settings file' | 'GUNICORN_CMD_ARGS' | 'command line';

export interface WrittenSetting {
  readonly value: PythonValue;
  readonly at: Position;
  readonly by: SettingSource;
}

/** Every setting that was written, by name: the value that counts, and where it stands. */
export type WrittenSettings = ReadonlyMap<string, WrittenSetting>;

export interface GunicornReading {
  /** Null if there is an error. */
  readonly deployment: GunicornDeployment | null;
  readonly written: WrittenSettings;
  /** Written settings that lost to another, in the order read. */
  readonly overruled: readonly ({ readonly name: string } & WrittenSetting)[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Where the settings file is that gunicorn would read. */
export type SettingsLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'module'; readonly module: string }
  | { readonly kind: 'none' };

/** `-c` of the command line, then that of GUNICORN_CMD_ARGS, then gunicorn.conf.py in the working directory. */
export function settingsLocation({
  words,
  environment,
  workingDirectory,
  release,
  source,
}: Omit<GunicornInput, 'settings'>): SettingsLocation {
  const { GUNICORN_CMD_ARGS: more = '' } = environment;
  const named = [words ?? [], splitArguments(more) ?? []]
    .map((each) => parseArguments(each, release))
    .flatMap((parsed) => (parsed.kind === 'parsed' ? parsed.given : []))
    .find(({ name, value }) => name === 'config' && value.kind === 'str' && value.value !== '');
  if (named?.value.kind === 'str') {
    const { value: location } = named.value;
    if (location.startsWith('python:')) return { kind: 'module', module: location.slice('python:'.length) };
    return { kind: 'file', path: pathFrom(workingDirectory, location.replace(/^file:/, '')) };
  }
  const usual = pathFrom(workingDirectory, 'gunicorn.conf.py');
  return source.kind(usual) === 'file' ? { kind: 'file', path: usual } : { kind: 'none' };
}

/** Reads what gunicorn is told. Never throws, whatever it is. */
export function readGunicorn(input: GunicornInput): GunicornReading {
  const reading = new Reading(input);
  reading.environment();
  const command = reading.arguments(input.words ?? [], commandLineName);
  const { GUNICORN_CMD_ARGS: more = '' } = input.environment;
  const added = command && reading.arguments(splitArguments(more), 'GUNICORN_CMD_ARGS');
  let deployment: GunicornDeployment | null = null;
  // Arguments that are wrong end gunicorn before it looks at anything else.
  if (command && added) {
    reading.settingsFile();
    reading.given(added, 'GUNICORN_CMD_ARGS', 'GUNICORN_CMD_ARGS');
    reading.given(command, commandLineName, 'command line');
    deployment = reading.deployment(command.positionals[0] ?? null);
  }
  const diagnostics = inOrder(reading.diagnostics);
  return {
    deployment: isRefused(diagnostics) ? null : deployment,
    written: reading.written,
    overruled: reading.overruled,
    diagnostics,
  };
}

type Parsed = Extract<Arguments, { kind: 'parsed' }>;

/** One reading: what was written so far, and what is to be said of it. */
class Reading {
  readonly diagnostics: Diagnostic[] = [];
  readonly written = new Map<string, WrittenSetting>();
  readonly overruled: ({ readonly name: string } & WrittenSetting)[] = [];
  readonly #input: GunicornInput;

  constructor(input: GunicornInput) {
    this.#input = input;
  }

  report(
    severity: Diagnostic['severity'],
    at: Position,
    code: Diagnostic['code'],
    said: { readonly message: string; readonly fix: string },
  ): void {
    this.diagnostics.push({ ...at, severity, code, ...said });
  }

  /** @param words - null where they cannot be told apart. */
  arguments(words: readonly Word[] | null, file: string): Parsed | null {
    if (words === null) {
      this.report('error', { file, line: 1, column: 1 }, 'CFG050', {
        message: 'a quote is not closed, or a backslash stands at the end',
        fix: 'close the quote',
      });
      return null;
    }
    const parsed = parseArguments(words, this.#input.release);
    if (parsed.kind === 'parsed') return parsed;
    const at = { file, line: 1, column: parsed.column };
    if (parsed.kind === 'exits')
      this.report('error', at, 'CFG061', {
        message: `gunicorn prints its ${parsed.flag} and exits: no server is started`,
        fix: `leave --${parsed.flag} out`,
      });
    else
      this.report('error', at, 'CFG050', {
        message: `gunicorn: error: ${parsed.message}`,
        fix: 'wsgiscope list options names the settings that bear on processes and threads; docs/reference/options.md has all',
      });
    return null;
  }

  /** Defaults that come from the environment. */
  environment(): void {
    const { WEB_CONCURRENCY: workers, PORT: port } = this.#input.environment;
    if (workers !== undefined) {
      const count = intOf(workers);
      const at = { file: 'WEB_CONCURRENCY', line: 1, column: 1 };
      if (count === null)
        this.report('error', at, 'CFG051', {
          message: `WEB_CONCURRENCY is '${workers}': gunicorn reads it as a number before anything else`,
          fix: 'set it to a whole number, or unset it',
        });
      else this.#set('workers', int(count), at, 'environment');
    }
    if (port !== undefined)
      this.#set(
        'bind',
        { kind: 'list', items: [str(`0.0.0.0:${port}`)] },
        { file: 'PORT', line: 1, column: 1 },
        'environment',
      );
  }

  settingsFile(): void {
    const { settings, release } = this.#input;
    if (settings === null) return;
    if (settings.kind === 'failed') {
      this.report('error', settings.at, 'CFG054', settings);
      return;
    }
    const known = (name: string) => gunicornSetting(name, release) !== undefined;
    if (settings.kind === 'read') {
      this.report('warning', settings.why.at, 'CFG055', settings.why);
      for (const { name, at } of settings.unknown.filter((each) => known(each.name)))
        this.report('warning', at, 'CFG055', {
          message: `what ${name} comes to is not known without running the file: its default is assumed`,
          fix: 'write a literal, or set it on the command line',
        });
    }
    for (const { name, value, at } of settings.values.filter((each) => known(each.name)))
      this.#set(name, value, at, 'settings file');
    this.#hooks(settings.values);
  }

  #hooks(values: readonly SettingsName[]): void {
    for (const { name, at } of values)
      if (gunicornSetting(name, this.#input.release)?.shape.kind === 'hook')
        this.report('info', at, 'CFG065', {
          message: `${name} is code of your own that gunicorn calls; what it does is not part of the prediction`,
          fix: 'nothing is to be done, unless it changes processes, threads or settings',
        });
  }

  given({ given }: Parsed, file: string, by: SettingSource): void {
    for (const { name, value, column } of given) this.#set(name, value, { file, line: 1, column }, by);
  }

  #set(name: string, value: PythonValue, at: Position, by: SettingSource): void {
    const setting = gunicornSetting(name, this.#input.release);
    if (!setting) return;
    const { workingDirectory, source } = this.#input;
    const checked = checkValue(setting, value, { kind: (path) => source.kind(pathFrom(workingDirectory, path)) });
    if (checked.kind === 'refused') {
      this.report('error', at, 'CFG051', checked);
      return;
    }
    const before = this.written.get(name);
    if (before) this.overruled.push({ name, ...before });
    this.written.set(name, { value: checked.value, at, by });
  }

  deployment(named: Word | null): GunicornDeployment | null {
    const threads = this.#count('threads');
    const application = this.#application(named);
    const classes = this.#classes(threads);
    const listens = this.#listens();
    this.#endings();
    if (application === null || classes === null || listens === null) return null;
    const { workerClass, requestedClass } = classes;
    return {
      kind: 'gunicorn',
      release: this.#input.release,
      listens,
      application,
      workerClass,
      requestedClass,
      workers: this.#count('workers'),
      threads: workerClass === 'gthread' ? threads : 1,
      workerConnections: this.#count('worker_connections'),
      backlog: this.#count('backlog'),
      maxRequests: this.#count('max_requests'),
      maxRequestsJitter: this.#count('max_requests_jitter'),
      timeout: fromSeconds(this.#count('timeout')),
      gracefulTimeout: fromSeconds(this.#count('graceful_timeout')),
      keepAlive: fromSeconds(this.#count('keepalive')),
      preloadApp: this.#isTrue('preload_app'),
      reload: this.#isTrue('reload'),
      daemon: this.#isTrue('daemon'),
      chdir: this.written.has('chdir') ? this.#directory() : null,
      procName: this.#text('proc_name'),
      others: Object.fromEntries(
        gunicornSettings
          .filter((setting) => setting.field === null && setting.releases.includes(this.#input.release))
          .flatMap(({ name }) => {
            const written = this.written.get(name);
            return written ? [[name, plainText(written.value)] as const] : [];
          }),
      ),
    };
  }

  #value(name: string): PythonValue | null {
    return this.written.get(name)?.value ?? null;
  }

  #count(name: string): number {
    const value = this.#value(name);
    const standard = gunicornSetting(name, this.#input.release)?.default;
    return value?.kind === 'int' ? value.value : typeof standard === 'number' ? standard : 0;
  }

  #isTrue(name: string): boolean {
    const value = this.#value(name);
    return value?.kind === 'bool' && value.value;
  }

  #text(name: string): string | null {
    const value = this.#value(name);
    return value?.kind === 'str' ? value.value : null;
  }

  #texts(name: string): readonly string[] {
    const value = this.#value(name);
    return value?.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'str' ? [item.value] : [])) : [];
  }

  #place(name: string): Position {
    return this.written.get(name)?.at ?? { file: this.#input.file, line: 1, column: 1 };
  }

  #directory(): string {
    return pathFrom(this.#input.workingDirectory, this.#text('chdir') ?? '.');
  }

  #classes(threads: number): Pick<GunicornDeployment, 'workerClass' | 'requestedClass'> | null {
    const found = workerClassOf(this.#value('worker_class') ?? str('sync'), threads, this.#input.release);
    if (found.kind !== 'modelled') {
      this.report('error', this.#place('worker_class'), found.kind === 'refused' ? 'CFG057' : 'CFG056', found);
      return null;
    }
    if (found.workerClass === 'gthread' && threads === 0)
      this.report('error', this.#place('threads'), 'CFG051', {
        message: 'threads is 0, and a gthread worker cannot start without one: the server stops',
        fix: 'write threads = 1, or more',
      });
    return found;
  }

  #listens(): readonly Listen[] | null {
    const at = this.#place('bind');
    const texts = this.written.has('bind') ? this.#texts('bind') : ['127.0.0.1:8000'];
    const addresses = texts.map(addressOf);
    for (const address of addresses)
      if (address.kind === 'refused')
        this.report('error', at, 'CFG059', { message: address.message, fix: 'write HOST:PORT or unix:PATH' });
    const usable = addresses.filter(
      (address): address is Exclude<Address, { kind: 'refused' }> => address.kind !== 'refused',
    );
    const inherited = usable.filter((address) => address.kind === 'descriptor');
    for (const { listen } of inherited)
      this.report('info', at, 'CFG066', {
        message: `${listen.address} is a socket that gunicorn inherits: where it listens is known only to whoever starts it`,
        fix: 'nothing is to be done',
      });
    // With one inherited socket gunicorn opens none of its own. Source: sock.py, create_sockets.
    return usable.length < addresses.length
      ? null
      : (inherited.length > 0 ? inherited : usable).map(({ listen }) => listen);
  }

  /** What makes gunicorn exit although nothing is wrong. */
  #endings(): void {
    for (const name of ['check_config', 'print_config'])
      if (this.#isTrue(name))
        this.report('warning', this.#place(name), 'CFG061', {
          message: `with ${name} gunicorn loads the application and exits: what is said here would hold without it`,
          fix: 'leave it out to serve',
        });
  }

  #application(named: Word | null): WorkerApplication | null {
    const { words, file } = this.#input;
    const start = { file, line: 1, column: 1 };
    const fromFile = this.#text('wsgi_app');
    const uri = named?.text ?? fromFile;
    const at = named ? { file: commandLineName, line: 1, column: named.column } : this.#place('wsgi_app');
    if (this.#text('paste') !== null) {
      this.report('error', this.#place('paste'), 'CFG062', {
        message: 'PasteDeploy files are not read: the application and its process model cannot be told',
        fix: 'name the application itself, as in shop.wsgi:application',
      });
      return null;
    }
    const url = this.#scriptName();
    if (uri === null || uri === '') {
      if (words !== null) {
        this.report('error', start, 'CFG052', {
          message: 'No application module specified: gunicorn does not start',
          fix: 'name the application at the end, as in gunicorn shop.wsgi:application',
        });
        return null;
      }
      this.report('info', start, 'CFG064', {
        message: 'the settings name no application: it is taken for APP_MODULE, which the command line must name',
        fix: 'explain the command line (wsgiscope explain "gunicorn -c FILE shop.wsgi"), or set wsgi_app',
      });
      return {
        url,
        script: pathFrom(this.#directory(), 'APP_MODULE.py'),
        module: 'APP_MODULE',
        callable: 'application',
      };
    }
    const { source } = this.#input;
    const name = applicationName(uri, (path) => source.kind(pathFrom(this.#directory(), path)) === 'file');
    if (name.kind === 'refused') {
      this.report('error', at, 'CFG053', name);
      return null;
    }
    return { url, script: this.#scriptOf(name.module, at), module: name.module, callable: name.callable };
  }

  /** Where Python finds the module: pythonpath first, the last one in front, then the directory. Source: app/base.py, run. */
  #scriptOf(module: string, at: Position): string {
    const directory = this.#directory();
    const more = (this.#text('pythonpath') ?? '').split(',').filter((path) => path !== '');
    const folders = [
      ...more.map((path) => pathFrom(directory, path)).reverse(),
      directory,
      this.#input.workingDirectory,
    ];
    const found = folders
      .flatMap((folder) => sourcesOf(module).map((path) => pathFrom(folder, path)))
      .find((path) => this.#input.source.kind(path) === 'file');
    if (found !== undefined) return found;
    const script = pathFrom(directory, sourcesOf(module)[1]);
    this.report('info', at, 'CFG060', {
      message: `there is no ${script} on this machine: Python may find the module ${module} elsewhere`,
      fix: 'start wsgiscope in the directory that gunicorn is started in, or name it with --chdir',
    });
    return script;
  }

  /** The prefix that is taken off each URL. Source: gunicorn 20.1, http/wsgi.py, create: SCRIPT_NAME of the environment. */
  #scriptName(): string {
    const variables = this.#texts('raw_env').map((text) => [text, /^([^=]*)=(.*)$/s.exec(text)] as const);
    for (const [text, pair] of variables)
      if (pair === null)
        this.report('error', this.#place('raw_env'), 'CFG051', {
          message: `environment setting '${text}' invalid: gunicorn does not start`,
          fix: 'write NAME=VALUE',
        });
    const set = variables.findLast(([, pair]) => pair?.[1] === 'SCRIPT_NAME')?.[1]?.[2];
    const { SCRIPT_NAME: inherited = '' } = this.#input.environment;
    return (set ?? inherited).replace(/\/+$/, '');
  }
}

/** A text as it is written, anything else as Python would write it. */
const plainText = (value: PythonValue): string => (value.kind === 'str' ? value.value : pythonText(value));
