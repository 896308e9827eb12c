/** The folder of wsgiscope's own package.json, as a source or built. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Package {
  /** Ends in a slash. */
  readonly root: string;
  readonly version: string;
}

/** @throws Error if the program was torn out of its package. */
export function ownPackage(): Package {
  // Two levels above this file as a source, three when built.
  for (const up of ['../../', '../../../']) {
    const root = fileURLToPath(new URL(up, import.meta.url));
    const found = packageIn(root);
    if (found) return found;
  }
  throw new Error('the package.json of wsgiscope is not where it belongs');
}

function packageIn(root: string): Package | null {
  try {
    const read: unknown = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    const { name, version } = read as { readonly name?: unknown; readonly version?: unknown };
    return name === 'wsgiscope' && typeof version === 'string' ? { root, version } : null;
  } catch {
    return null;
  }
}
