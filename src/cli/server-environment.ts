/** The environment that Apache resolves `${NAME}` in when it reads a configuration. */
import { dirname, join, resolve } from 'node:path';
import { fileSource } from './file-source.ts';
import type { Shell } from './shell.ts';

/**
 * The caller's environment, then what Debian's `envvars` beside the configuration exports, then CONFIG_DIR: the folder of
 * the configuration, so that an example can name its scripts absolutely wherever it lies.
 * @param file - The configuration, from the working directory.
 */
export function serverEnvironment(file: string, shell: Shell): Readonly<Record<string, string | undefined>> {
  const folder = dirname(resolve(shell.workingDirectory, file));
  const envvars = fileSource.read(join(folder, 'envvars'));
  return { ...shell.environment, ...(envvars === null ? {} : exportsOf(envvars)), CONFIG_DIR: folder };
}

/**
 * Plain `export NAME=VALUE` lines. The file is a shell script; what only a shell can know is left out, except for SUFFIX,
 * which is empty unless several Apaches share a machine.
 */
export function exportsOf(script: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const line of script.matchAll(/^[ \t]*export[ \t]+([A-Za-z_]\w*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#;]*))/gm)) {
    const [, name = '', double, single, bare] = line;
    const value = (double ?? single ?? bare ?? '').replace(/\$\{?SUFFIX\}?/g, '');
    if (!value.includes('$') && !value.includes('`')) found[name] = value;
  }
  return found;
}
