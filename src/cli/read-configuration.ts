/** From the CONFIG of a command line to what the reader of configurations needs, or to the reason why it gets nothing. */
import { accessSync, constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type ModWsgiRelease, type Mpm, modWsgiReleases, mpms } from '../../spec/deployments/apache.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import type { ExplainInput } from '../config/explain.ts';
import { fileSource } from './file-source.ts';
import { serverEnvironment } from './server-environment.ts';
import type { Shell } from './shell.ts';

/** What every command that takes a CONFIG lets the user say about the server. */
export interface ConfigurationOptions {
  readonly modWsgi: ModWsgiRelease;
  readonly mpm?: Mpm;
  readonly define?: readonly string[];
}

/** Adds `CONFIG`, `--mod-wsgi`, `--mpm` and `-D` to a command; its action gets `(config, options)`. */
export const withConfiguration = (command: Command): Command =>
  command
    .argument('<config>', 'an Apache configuration file; files that it includes are read as well')
    .addOption(
      new Option('--mod-wsgi <release>', 'the release of mod_wsgi')
        .choices(modWsgiReleases)
        .default(modWsgiReleases[0]),
    )
    .addOption(new Option('--mpm <mpm>', 'the MPM, where the configuration loads none (Debian: event)').choices(mpms))
    .addOption(
      new Option('-D, --define <name>', 'a name for <IfDefine>, as given to apache2 -D; may be repeated').argParser(
        (name: string, names: readonly string[] = []) => [...names, name],
      ),
    );

export type Configuration =
  | { readonly kind: 'text'; readonly input: ExplainInput }
  | { readonly kind: 'unreadable'; readonly diagnostic: Diagnostic };

export function readConfiguration(config: string, options: ConfigurationOptions, shell: Shell): Configuration {
  const unreadable = (code: Diagnostic['code'], message: string, fix: string): Configuration => ({
    kind: 'unreadable',
    diagnostic: { file: config, line: 1, column: 1, severity: 'error', code, message, fix },
  });
  const path = resolve(shell.workingDirectory, config);
  const other = otherServer(config);
  switch (fileSource.kind(path)) {
    case 'missing':
      if (other !== null) return unreadable('CFG090', notYet(other), apacheOnly);
      return unreadable('CFG007', 'there is no such file', `check the path: ${path} was looked for`);
    case 'directory':
      return unreadable('CFG007', 'this is a directory', insteadOf(config, path));
    case 'unreadable':
      return unreadable('CFG007', 'the file may not be read', `check the permissions of ${path} and its folders`);
    case 'file':
      break;
  }
  const text = isReadable(path) ? fileSource.read(path) : null;
  if (text === null)
    return unreadable(
      'CFG007',
      'the file may not be read',
      `check the permissions of ${path}, or run as a user who may`,
    );
  if (text.includes('\0'))
    return unreadable('CFG007', 'this is not a text file: it holds NUL bytes', 'name the configuration itself');
  const server = other ?? serverOfText(text);
  if (server !== null) return unreadable('CFG090', notYet(server), apacheOnly);
  return {
    kind: 'text',
    input: {
      file: config,
      text,
      source: fileSource,
      modWsgi: options.modWsgi,
      defines: options.define ?? [],
      environment: serverEnvironment(config, shell),
      ...(options.mpm ? { mpm: options.mpm } : {}),
      world: { isDirectory: (name) => fileSource.kind(name) === 'directory', environment: shell.environment },
      readScript: (name) => fileSource.read(name),
    },
  };
}

/** A server whose configurations cannot be read yet, by the look of the argument: a command line or the name of a file. */
function otherServer(config: string): string | null {
  if (/^(?:\S*\/)?gunicorn3?\s/.test(config) || /gunicorn[^/]*\.py$/.test(config)) return 'gunicorn';
  if (/^(?:\S*\/)?uwsgi(?:-core)?\s/.test(config) || /uwsgi[^/]*\.(?:ini|ya?ml|xml|json)$/.test(config)) return 'uWSGI';
  return null;
}

const serverOfText = (text: string): string | null => (/^\s*\[uwsgi\]\s*$/m.test(text) ? 'uWSGI' : null);

const notYet = (server: string): string => `configurations of ${server} cannot be read yet`;
const apacheOnly = 'name an Apache configuration with mod_wsgi, such as /etc/apache2/apache2.conf';

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

/** Where the scripts of a configuration are named from in texts for people: its folder, with a slash at the end. */
export const baseOf = (config: string, shell: Shell): string => {
  const folder = dirname(resolve(shell.workingDirectory, config));
  return folder.endsWith('/') ? folder : `${folder}/`;
};
