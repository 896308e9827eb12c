/**
 * The placeholders of one character, which uWSGI replaces in the whole text of a file before it looks at its lines: `%n` is
 * the name of the file. A `%` before any other character takes that character away with it, even the end of the line.
 * Source: uWSGI 2.0, core/utils.c, magic_sub and init_magic_table; core/uwsgi.c, config_magic_table_fill.
 */
import type { Position } from '../diagnostic.ts';
import type { UwsgiMachine } from './machine.ts';
import { directoryOf, nameOf } from './paths.ts';

/** What each character stands for behind `%`; one that is not here stands for nothing. */
export type MagicTable = ReadonlyMap<string, string>;

export interface MagicFile {
  /** As written, `:section` included. */
  readonly written: string;
  readonly path: string;
  readonly section: string;
}

/**
 * @param file - The file whose text it is for.
 * @param first - The file that the server was started with: capital letters stand for it.
 */
export function magicTable(
  file: MagicFile,
  first: MagicFile,
  machine: UwsgiMachine,
  workingDirectory: string,
): MagicTable {
  const capitals = [...lowerCase(first)].flatMap(([key, value]) =>
    /[odspcenx]/.test(key) ? [[key.toUpperCase(), value] as const] : [],
  );
  const parts = directoryOf(file.path).split('/').filter(Boolean).slice(0, 10);
  return new Map([
    ['%', '%'],
    // Kept for the placeholders of options, which are replaced once all options are known.
    ['(', '%('],
    ['v', workingDirectory],
    ['h', machine.hostname],
    ['V', '2.0'],
    ['k', String(machine.cpus)],
    ['[', '\u001B'],
    ['u', String(machine.uid)],
    ['U', machine.user],
    ['g', String(machine.gid)],
    ['G', machine.group],
    ['b', machine.binary],
    ...lowerCase(file),
    ...parts.map((part, index) => [String(index), part] as const),
    ...capitals,
  ]);
}

/** Source: config_magic_table_fill. The folder ends in a slash. */
function lowerCase({ written, path, section }: MagicFile): ReadonlyMap<string, string> {
  const directory = directoryOf(path);
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return new Map([
    ['o', written],
    ['p', path],
    ['d', directory === '/' ? '/' : `${directory}/`],
    ['s', name],
    ['c', nameOf(directory)],
    ['e', dot < 0 ? '' : name.slice(dot + 1)],
    ['n', dot < 0 ? name : name.slice(0, dot)],
    ['x', section],
  ]);
}

/** What depends on the machine or the moment, so that the reader of a report must know. */
export const isOfThisMachine = (character: string): boolean => /[hkuUgGtTijIJb]/.test(character);

/** A text whose characters still know where they stood before. */
export interface PlacedText {
  readonly text: string;
  readonly positionAt: (index: number) => Position;
}

export interface Replacement {
  readonly placed: PlacedText;
  /** Each `%` whose character stands for nothing: both are gone. */
  readonly lost: readonly { readonly character: string; readonly at: Position }[];
  /** Each placeholder that another machine fills in otherwise. */
  readonly local: readonly { readonly character: string; readonly at: Position; readonly value: string }[];
}

export function replaceMagic(file: string, text: string, table: MagicTable): Replacement {
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const positionOf = (offset: number): Position => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
  const pieces: string[] = [];
  const offsets: number[] = [];
  const lost: { character: string; at: Position }[] = [];
  const local: { character: string; at: Position; value: string }[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const next = text.charAt(index + 1);
    if (character !== '%' || next === '') {
      pieces.push(character);
      offsets.push(index);
      continue;
    }
    const value = table.get(next) ?? '';
    if (isOfThisMachine(next)) local.push({ character: next, at: positionOf(index), value });
    else if (!table.has(next) && !/[0-9]/.test(next)) lost.push({ character: next, at: positionOf(index) });
    pieces.push(value);
    for (let each = 0; each < value.length; each++) offsets.push(index);
    index++;
  }
  return {
    placed: { text: pieces.join(''), positionAt: (index) => positionOf(offsets[index] ?? text.length) },
    lost,
    local,
  };
}
