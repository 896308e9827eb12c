/** Finds a Python that has what a server needs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface FoundPython {
  readonly python: string;
  /** As it says itself: `CPython 3.11.2`. */
  readonly title: string;
  /** The versions of the modules that were asked for, in their order. */
  readonly versions: readonly string[];
}

/** The user's own Python, and the one of the operating system, whose packages the user's cannot see. */
const candidates = ['python3', '/usr/bin/python3'] as const;

/** A module of the standard library has the version of Python. */
const question = `import platform, sys
from importlib import metadata, util
def version_of(name):
    if util.find_spec(name) is None:
        raise ImportError(name)
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return platform.python_version()
print(platform.python_implementation(), platform.python_version())
for name in sys.argv[1:]:
    print(version_of(name))
`;

/**
 * The first Python that has all of these modules, or null. They are looked for, and not imported, which would take long.
 * @param modules - Each named as its distribution is.
 */
export function pythonWith(...modules: readonly string[]): Promise<FoundPython | null> {
  const key = modules.join(' ');
  const known = looked.get(key) ?? look(modules);
  looked.set(key, known);
  return known;
}

/** What was found before: starting a Python takes longer than much of what is then asked of it. */
const looked = new Map<string, Promise<FoundPython | null>>();

async function look(modules: readonly string[]): Promise<FoundPython | null> {
  for (const python of candidates) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', question, ...modules], { timeout: 20_000 });
      const [title = '', ...versions] = stdout.trim().split('\n');
      return { python, title, versions };
    } catch {
      // There is no such Python, or it lacks one of them.
    }
  }
  return null;
}
