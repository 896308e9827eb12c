/** From the CONFIG of a command line to what the reader of configurations needs, or to the reason why it gets nothing. */
import { accessSync, constants } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { gunicornReleases } from '../../spec/deployments/gunicorn.ts';
import { gunicornSetting } from '../../spec/options/gunicorn-settings.ts';
import type { PredictedServer } from '../../spec/predict.ts';
import { type CommandLine, type CommandServer, commandLineName, readCommandLine } from '../config/command-line.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import { type ExplainInput, unread } from '../config/explain.ts';
import { type GunicornInput, type SettingsLocation, settingsLocation } from '../config/gunicorn/read.ts';
import type { ExplainUwsgiInput } from '../config/uwsgi/explain.ts';
import type { ConfigurationOptions } from './configuration-options.ts';
import { fileSource } from './file-source.ts';
import { serverEnvironment } from './server-environment.ts';
import { readSettingsFile } from './settings-file.ts';
import type { Shell } from './shell.ts';
import { thisMachine } from './this-machine.ts';

/** What the explanation of one server is made from; each kind has its own reader below. */
export type Configuration =
  | { readonly kind: 'apache'; readonly input: ExplainInput }
  | { readonly kind: 'gunicorn'; readonly input: GunicornInput }
  | { readonly kind: 'uwsgi'; readonly input: ExplainUwsgiInput }
  | { readonly kind: 'unreadable'; readonly server: PredictedServer; readonly diagnostic: Diagnostic };

/** A CONFIG that a server would be started with: a file, or a command line. */
type Given = GivenFile | { readonly kind: 'command'; readonly command: CommandLine };

interface GivenFile {
  readonly kind: 'file';
  readonly file: string;
  readonly path: string;
  readonly text: string;
}

/** Decides which server a CONFIG is for, and gathers what that server's reader needs. */
export async function readConfiguration(
  config: string,
  options: ConfigurationOptions,
  shell: Shell,
): Promise<Configuration> {
  const given = givenBy(config, shell);
  if ('diagnostic' in given) return { kind: 'unreadable', server: unread(options.mpm, options.modWsgi), ...given };
  const server = given.kind === 'command' ? given.command.server : serverOf(given);
  if (server === null)
    return { kind: 'unreadable', server: unread(options.mpm, options.modWsgi), ...application(config) };
  if (server === 'gunicorn') return { kind: 'gunicorn', input: await gunicornInput(given, options, shell) };
  if (server === 'uwsgi' || given.kind === 'command') return uwsgiConfiguration(given, options, shell);
  return { kind: 'apache', input: apacheInput(given, options, shell) };
}

/** By the name of a file, then by what stands in it; null for the application itself. */
function serverOf({ file, text }: GivenFile): 'apache' | CommandServer | null {
  const assigned = [...text.matchAll(/^(\w+)\s*=/gm)].map(([, name = '']) => name);
  if (/gunicorn[^/]*\.py$/.test(file) || (file.endsWith('.py') && assigned.some(isGunicornSetting))) return 'gunicorn';
  if (/uwsgi[^/]*\.(?:ini|ya?ml|xml|json)$/.test(file) || /^\s*\[uwsgi\]\s*$/m.test(text)) return 'uwsgi';
  return /\.(?:py|wsgi)$/.test(file) ? null : 'apache';
}

/** A settings file of gunicorn may have any name. */
const isGunicornSetting = (name: string): boolean =>
  gunicornReleases.some((release) => gunicornSetting(name, release) !== undefined);

type Failure = { readonly diagnostic: Diagnostic };

const failure = (file: string, code: Diagnostic['code'], message: string, fix: string): Failure => ({
  diagnostic: { file, line: 1, column: 1, severity: 'error', code, message, fix },
});

const application = (file: string): Failure =>
  failure(
    file,
    'CFG007',
    'this is Python without a setting of gunicorn: an application rather than the configuration of its server',
    `name the file that its server reads, or give the command line in quotes: 'gunicorn ${moduleOf(file)}'`,
  );

/** As the folder of the file would import it. */
const moduleOf = (file: string): string => basename(file).replace(/\.\w+$/, '');

/** What is there under that name: a file first, for its name may look like anything. */
function givenBy(config: string, shell: Shell): Given | Failure {
  const path = resolve(shell.workingDirectory, config);
  switch (fileSource.kind(path)) {
    case 'missing': {
      const command = readCommandLine(config, shell.environment);
      return command
        ? { kind: 'command', command }
        : failure(config, 'CFG007', 'there is no such file', `check the path: ${path} was looked for`);
    }
    case 'directory':
      return failure(config, 'CFG007', 'this is a directory', insteadOf(config, path));
    case 'unreadable':
      return failure(config, 'CFG007', 'the file may not be read', `check the permissions of ${path} and its folders`);
    case 'file':
      break;
  }
  const text = isReadable(path) ? fileSource.read(path) : null;
  if (text === null)
    return failure(
      config,
      'CFG007',
      'the file may not be read',
      `check the permissions of ${path}, or run as a user who may`,
    );
  if (text.includes('\0'))
    return failure(config, 'CFG007', 'this is not a text file: it holds NUL bytes', 'name the configuration itself');
  return { kind: 'file', file: config, path, text };
}

/** A settings file is taken for the one that gunicorn is started beside; a command line names its own. */
async function gunicornInput(given: Given, options: ConfigurationOptions, shell: Shell): Promise<GunicornInput> {
  const directory = given.kind === 'file' ? dirname(given.path) : resolve(shell.workingDirectory, options.chdir ?? '.');
  const environment = { ...shell.environment, ...(given.kind === 'file' ? {} : given.command.assigned) };
  const input = {
    words: given.kind === 'file' ? null : given.command.words,
    file: given.kind === 'file' ? given.file : commandLineName,
    environment,
    workingDirectory: directory,
    release: options.gunicorn,
    source: fileSource,
  };
  const location: SettingsLocation =
    given.kind === 'file' ? { kind: 'file', path: given.path } : settingsLocation(input);
  const settings = await readSettingsFile({
    location,
    shown: given.kind === 'file' ? given.file : shownFrom(shell.workingDirectory, location),
    directory,
    environment,
    python: options.run ? (options.python ?? 'python3') : null,
  });
  return { ...input, settings, readScript: (path) => fileSource.read(path) };
}

/** A file below the working directory is named from there. */
const shownFrom = (directory: string, location: SettingsLocation): string | null =>
  location.kind === 'file' && location.path.startsWith(`${directory}/`)
    ? location.path.slice(directory.length + 1)
    : null;

const apacheInput = ({ file, text }: GivenFile, options: ConfigurationOptions, shell: Shell): ExplainInput => ({
  file,
  text,
  source: fileSource,
  modWsgi: options.modWsgi,
  defines: options.define ?? [],
  environment: serverEnvironment(file, shell),
  ...(options.mpm ? { mpm: options.mpm } : {}),
  world: { isDirectory: (name) => fileSource.kind(name) === 'directory', environment: shell.environment },
  readScript: (name) => fileSource.read(name),
});

/** Of its formats only the one of its own is read; the others say the same in other brackets. */
function uwsgiConfiguration(given: Given, options: ConfigurationOptions, shell: Shell): Configuration {
  if (given.kind === 'file' && /\.(?:ya?ml|xml|json|js)$/.test(given.file))
    return {
      kind: 'unreadable',
      server: { kind: 'uwsgi', version: options.uwsgi },
      ...failure(
        given.file,
        'CFG090',
        'of the configurations of uWSGI only .ini files and command lines can be read',
        'write the same options into a .ini file: all formats have the same ones',
      ),
    };
  return {
    kind: 'uwsgi',
    input: {
      given:
        given.kind === 'file'
          ? { kind: 'file', file: given.file, text: given.text }
          : { kind: 'command', words: given.command.words, assigned: given.command.assigned },
      source: fileSource,
      release: options.uwsgi,
      environment: shell.environment,
      workingDirectory: shell.workingDirectory,
      machine: thisMachine(),
      readScript: (name) => fileSource.read(name),
    },
  };
}

/** The file that was probably meant. */
function insteadOf(config: string, path: string): string {
  const usual = ['apache2.conf', 'httpd.conf', 'conf/httpd.conf'].find(
    (name) => fileSource.kind(join(path, name)) === 'file',
  );
  const names = (fileSource.list(path) ?? []).filter((name) => name.endsWith('.conf')).toSorted();
  const [first = null] = usual === undefined ? names : [usual];
  return first === null ? 'name a file' : `name a file in it, such as ${join(config, first)}`;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where scripts are named from in texts for people, with a slash at the end: the folder of a file, else the working directory. */
export const baseOf = (config: string, shell: Shell): string => {
  const path = resolve(shell.workingDirectory, config);
  const folder = fileSource.kind(path) === 'file' ? dirname(path) : shell.workingDirectory;
  return folder.endsWith('/') ? folder : `${folder}/`;
};
