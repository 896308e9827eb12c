/**
 * `Include` and `IncludeOptional`: one file, a directory with everything below it, or a pattern in any part of the path.
 * Source: httpd 2.4.x, core.c `include_config`; config.c `ap_process_fnmatch_configs`; util.c `ap_dir_nofnmatch` and
 * `ap_dir_fnmatch`.
 */
import type { Directive } from './build.ts';
import { buildFile } from './build.ts';
import { globMatches, isGlob } from './glob.ts';
import { mergePath } from './paths.ts';
import { type SourceFile, sourceFile } from './placed.ts';
import type { Reading } from './reading.ts';
import type { Word } from './words.ts';

/** Source: httpd 2.4.x, core.c, AP_MAX_INCLUDE_DEPTH, and util.c, AP_MAX_FNMATCH_DIR_DEPTH. */
const maxDepth = 128;

export function include(reading: Reading, file: SourceFile, name: Word, optional: boolean): readonly Directive[] {
  if (reading.includeDepth >= maxDepth) {
    reading.stop(file, name.offset, {
      code: 'CFG006',
      message: `files include one another more than ${maxDepth} levels deep`,
      fix: 'remove the Include that leads back to a file already being read',
    });
    return [];
  }
  reading.includeDepth++;
  const found = filesFor(reading, mergePath(reading.serverRoot, name.text), optional);
  const directives: Directive[] = [];
  if (found.kind === 'refused')
    reading.stop(file, name.offset, {
      code: 'CFG005',
      message: found.why,
      fix: optional
        ? 'make the directory readable'
        : 'correct the path, or use IncludeOptional if the file may be missing',
    });
  else
    for (const path of found.paths) {
      const text = reading.source.read(path);
      if (text === null)
        reading.stop(file, name.offset, {
          code: 'CFG005',
          message: `${path} cannot be read: ${reading.source.kind(path) === 'missing' ? 'there is no such file' : 'it is not a readable file'}`,
          fix: 'correct the path, or use IncludeOptional if the file may be missing',
        });
      else directives.push(...buildFile(reading, sourceFile(path, text)));
      if (reading.stopped) break;
    }
  reading.includeDepth--;
  return directives;
}

type Found =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string };

const files = (paths: readonly string[]): Found => ({ kind: 'files', paths });
const refused = (why: string): Found => ({ kind: 'refused', why });

function filesFor(reading: Reading, path: string, optional: boolean): Found {
  return isGlob(path) ? matching(reading, '/', path.slice(1).split('/'), optional) : plain(reading, path, optional, 0);
}

/** A path without wildcards: a file, or a directory with everything below it in order. */
function plain(reading: Reading, path: string, optional: boolean, depth: number): Found {
  const kind = reading.source.kind(path);
  if (kind !== 'directory') return optional && kind === 'missing' ? files([]) : files([path]);
  if (depth >= maxDepth) return refused(`directories are nested more than ${maxDepth} levels deep below ${path}`);
  const names = reading.source.list(path);
  if (names === null) return refused(`the directory ${path} cannot be read`);
  return joined(sorted(names).map((name) => plain(reading, join(path, name), optional, depth + 1)));
}

function matching(reading: Reading, directory: string, parts: readonly string[], optional: boolean): Found {
  const [part = '', ...rest] = parts;
  if (!isGlob(part)) {
    const path = join(directory, part);
    return rest.length > 0 ? matching(reading, path, rest, optional) : plain(reading, path, optional, 0);
  }
  const names = reading.source.list(directory);
  if (names === null)
    return optional && reading.source.kind(directory) === 'missing'
      ? files([])
      : refused(`the directory ${directory} cannot be read`);
  const matches = sorted(names).filter(
    (name) =>
      globMatches(part, name) && (rest.length === 0 || reading.source.kind(join(directory, name)) === 'directory'),
  );
  if (matches.length === 0 && !optional) return refused(`nothing matches ${part} in ${directory}`);
  return joined(
    matches.map((name) => {
      const path = join(directory, name);
      return rest.length > 0 ? matching(reading, path, rest, optional) : plain(reading, path, optional, 0);
    }),
  );
}

function joined(parts: readonly Found[]): Found {
  const paths: string[] = [];
  for (const part of parts) {
    if (part.kind === 'refused') return part;
    paths.push(...part.paths);
  }
  return files(paths);
}

const join = (directory: string, name: string): string => (directory === '/' ? `/${name}` : `${directory}/${name}`);

/** In the order of strcmp, which no locale changes. */
const sorted = (names: readonly string[]): readonly string[] => names.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
