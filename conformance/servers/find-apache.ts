/** Finds a real Apache with mod_wsgi on this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModWsgiRelease } from '../../spec/deployments/apache.ts';

export interface FoundApache {
  readonly executable: string;
  /** The directory of the module files. */
  readonly modules: string;
  readonly modWsgi: { readonly version: string; readonly release: ModWsgiRelease };
}

const executables = ['/usr/sbin/apache2', '/usr/sbin/httpd', '/usr/local/apache2/bin/httpd', '/opt/homebrew/bin/httpd'];
const moduleDirectories = [
  '/usr/lib/apache2/modules',
  '/usr/lib64/httpd/modules',
  '/usr/local/apache2/modules',
  '/opt/homebrew/lib/httpd/modules',
];

/** The first Apache that has an event MPM and mod_wsgi as module files, or null. It is looked for once: a module is a long read. */
export function findApache(): FoundApache | null {
  if (found === undefined) found = look();
  return found;
}

let found: FoundApache | null | undefined;

function look(): FoundApache | null {
  const executable = executables.find((path) => existsSync(path));
  const modules = moduleDirectories.find((path) => existsSync(join(path, 'mod_mpm_event.so')));
  if (executable === undefined || modules === undefined) return null;
  const version = wsgiVersion(join(modules, 'mod_wsgi.so'));
  return version === null ? null : { executable, modules, modWsgi: { version, release: releaseOf(version) } };
}

/** Whether a missing server is a failure instead of a skipped test: `WSGISCOPE_REQUIRE=all`. */
export function serversAreRequired(): boolean {
  const { WSGISCOPE_REQUIRE: required } = process.env;
  return required === 'all';
}

/** The version the module file itself holds as a string of its own; Python's own version stands there as well. */
function wsgiVersion(file: string): string | null {
  if (!existsSync(file)) return null;
  const strings = readFileSync(file, 'latin1').match(/(?<=\0)[456]\.\d+\.\d+(?=\0)/g);
  return strings?.at(-1) ?? null;
}

const releaseOf = (version: string): ModWsgiRelease =>
  version.startsWith('6.') ? '6' : version.startsWith('5.') ? '5' : '4.9';
