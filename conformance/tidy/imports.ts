/** Which file may import which: the table of the house, as data and one question. */

/** Parts of the tree, each with what its files may import besides themselves. `*` is any package; others are named. */
export interface Part {
  readonly folder: string;
  readonly mayImport: readonly string[];
  readonly packages: readonly string[] | '*';
  /** Whether it may touch Node: files, processes, sockets, the clock and chance of the machine. */
  readonly isPure: boolean;
}

/** The most specific folder that holds a file decides. */
export const parts: readonly Part[] = [
  { folder: 'spec', mayImport: [], packages: ['xstate'], isPure: true },
  pure('src/config', ['spec']),
  pure('src/simulator', ['spec']),
  pure('src/judge', ['spec']),
  pure('src/render', ['spec']),
  { folder: 'src/gateway', mayImport: ['spec', 'src'], packages: '*', isPure: false },
  { folder: 'src/probe', mayImport: ['spec', 'src'], packages: '*', isPure: false },
  { folder: 'src/cli', mayImport: ['spec', 'src', 'conformance'], packages: '*', isPure: false },
  { folder: 'conformance', mayImport: ['spec', 'src'], packages: '*', isPure: false },
  { folder: 'docs', mayImport: [], packages: '*', isPure: false },
];

function pure(folder: string, mayImport: readonly string[]): Part {
  return { folder, mayImport: [...mayImport], packages: ['xstate', 'pure-rand', 'valibot'], isPure: true };
}

/** The part a file belongs to; undefined for files outside the tree of parts. */
export const partOf = (file: string): Part | undefined =>
  parts.filter(({ folder }) => file.startsWith(`${folder}/`)).toSorted((a, b) => b.folder.length - a.folder.length)[0];

/** An import in a source file, as written. */
export interface Import {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
}

/** Every static, dynamic and re-exporting import of a TypeScript text; comments and strings that look alike are no match. */
export function importsOf(text: string): readonly Import[] {
  const statement = /^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  return [...text.matchAll(statement)].map((found) => ({
    specifier: found[1] ?? found[2] ?? '',
    line: text.slice(0, found.index).split('\n').length,
  }));
}

/**
 * Why a file may not hold an import; null if it may.
 * @param file - Its path from the root of the tree.
 */
export function objection(file: string, { specifier }: Import): string | null {
  const part = partOf(file);
  if (!part) return 'belongs to no part of the tree';
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:')) return part.isPure ? `${part.folder} never touches Node` : null;
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    return part.packages === '*' || part.packages.includes(name) ? null : `${part.folder} does not use ${name}`;
  }
  const target = resolve(file, specifier);
  const home = partOf(target);
  if (!home) return `${target} belongs to no part of the tree`;
  if (home.folder === part.folder) return null;
  // src/cli is the composition root: nothing imports it, although it lies in src.
  const allowed = part.mayImport.some((folder) => target.startsWith(`${folder}/`)) && home.folder !== 'src/cli';
  return allowed ? null : `${part.folder} may not import ${home.folder}`;
}

/** A relative specifier as a path from the root. */
function resolve(file: string, specifier: string): string {
  const path = file.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') path.pop();
    else if (step !== '.') path.push(step);
  }
  return path.join('/');
}
