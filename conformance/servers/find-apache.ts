/** Finds the Apache of this machine and its mod_wsgi, where a distribution puts them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface FoundApache {
  /** The program. */
  readonly binary: string;
  /** The directory of its modules: `mod_wsgi.so` and the MPMs are in it. */
  readonly modules: string;
  /** Such as `2.4.67`. */
  readonly version: string;
  /** Such as `4.9.4`. */
  readonly modWsgi: string;
}

const programs = ['apache2', 'httpd'];
const folders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/apache2/bin'];
const moduleFolders = [
  '/usr/lib/apache2/modules',
  '/usr/lib64/httpd/modules',
  '/usr/lib/httpd/modules',
  '/usr/local/apache2/modules',
];

/** @returns null where there is no Apache, or where it has no mod_wsgi. */
export function findApache(): FoundApache | null {
  const { PATH = '' } = process.env;
  const onPath = PATH.split(delimiter).filter((folder) => folder !== '');
  const binary = [...onPath, ...folders]
    .flatMap((folder) => programs.map((program) => join(folder, program)))
    .find((path) => existsSync(path));
  const modules = moduleFolders.find((folder) => existsSync(join(folder, 'mod_wsgi.so')));
  if (binary === undefined || modules === undefined) return null;
  const told = execFileSync(binary, ['-v'], { encoding: 'utf8' });
  return {
    binary,
    modules,
    version: /Apache\/(\d+(?:\.\d+)+)/.exec(told)?.[1] ?? 'unknown',
    modWsgi: versionInside(join(modules, 'mod_wsgi.so')),
  };
}

/** mod_wsgi tells its version to nobody but a running server; in its file it stands next to the format it is told in. */
const versionInside = (file: string): string =>
  /(\d+\.\d+\.\d+)\0+mod_wsgi\/%s\0/.exec(readFileSync(file, 'latin1'))?.[1] ?? 'unknown';
