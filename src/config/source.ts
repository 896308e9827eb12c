/** Where configuration text comes from. The reader itself never touches a file; `src/cli/file-source.ts` does. */

export type PathKind = 'file' | 'directory' | 'missing' | 'unreadable';

export interface ConfigSource {
  /** The text of a file; null if it is missing, not a file, or not readable. */
  read(path: string): string | null;
  /** The names in a directory, without `.` and `..`, in any order; null if it is missing or not readable. */
  list(directory: string): readonly string[] | null;
  kind(path: string): PathKind;
}

/** A source with the given files and nothing else, for tests and for pages without a file system. */
export function filesInMemory(files: Readonly<Record<string, string>>): ConfigSource {
  const paths = Object.keys(files);
  const below = (directory: string): readonly string[] => {
    const prefix = directory === '/' ? '/' : `${directory}/`;
    const names = paths
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split('/')[0]);
    return [...new Set(names.filter((name) => name !== undefined))];
  };
  return {
    read: (path) => (Object.hasOwn(files, path) ? (files[path] ?? null) : null),
    list: (directory) => (below(directory).length > 0 ? below(directory) : null),
    kind: (path) => (Object.hasOwn(files, path) ? 'file' : below(path).length > 0 ? 'directory' : 'missing'),
  };
}
