/**
 * One section of a configuration file in uWSGI's own dialect: a line is a comment, a `[section]`, or `key = value`; a key
 * alone has an empty value. There are no comments behind a value, and no quotes. Source: uWSGI 2.0, core/ini.c.
 */
import type { Position } from '../diagnostic.ts';
import type { PlacedText } from './magic.ts';

/** One option as written. */
export interface Setting {
  readonly key: string;
  /** Null where nothing was said, as by a bare option of a command line. */
  readonly value: string | null;
  readonly at: Position;
}

export interface IniFile {
  /** The names of its sections, in order. */
  readonly sections: readonly string[];
  /** Of the section that was asked for. */
  readonly settings: readonly Setting[];
}

export function readIni({ text, positionAt }: PlacedText, asked: string): IniFile {
  const sections: string[] = [];
  const settings: Setting[] = [];
  let section = '';
  let start = 0;
  for (const line of text.split('\n')) {
    const key = strip(line);
    const at = (): Position => positionAt(start + line.length - line.trimStart().length);
    if (key.startsWith('[')) {
      // Whatever the last character is, it is taken for the bracket.
      section = key.slice(1, -1);
      sections.push(section);
    } else if (key !== '' && !key.startsWith(';') && !key.startsWith('#') && section === asked) {
      const equals = key.indexOf('=');
      settings.push(
        equals < 0
          ? { key, value: '', at: at() }
          : { key: strip(key.slice(0, equals)), value: strip(key.slice(equals + 1)), at: at() },
      );
    }
    start += line.length + 1;
  }
  return { sections, settings };
}

const strip = (text: string): string => text.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
