/**
 * Cuts a file into the lines Apache reads: continued lines joined, white space at both ends gone.
 * Source: httpd 2.4.x, util.c, `ap_cfg_getline_core` and `cfg_trim_line`.
 */
import type { Placed, SourceFile } from './placed.ts';

/** Hands out one file's lines in order. Whoever reads the inside of a section shares the reader with its outside. */
export class LineReader {
  readonly file: SourceFile;
  #next = 0;

  constructor(file: SourceFile) {
    this.file = file;
  }

  /** The next line, which may be empty; null at the end of the file. */
  next(): Placed | null {
    const { text } = this.file;
    if (this.#next >= text.length) return null;
    let joined = '';
    const at: number[] = [];
    while (this.#next < text.length) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      this.#next = newline === -1 ? text.length : newline + 1;
      // A NUL ends the line for the C code, which then sees neither the rest nor the line break.
      const nul = text.indexOf('\0', start);
      const cut = nul !== -1 && nul < end ? nul : end;
      joined += text.slice(start, cut);
      for (let offset = start; offset < cut; offset++) at.push(offset);
      if (cut !== end || newline === -1) return trimmed(joined, at, cut);
      const continued = /\\\r?$/.exec(joined);
      if (continued === null) return trimmed(joined, at, end);
      joined = joined.slice(0, continued.index);
      at.length = continued.index;
    }
    return trimmed(joined, at, text.length);
  }
}

/** What `isspace` means in the C locale: nothing beyond ASCII. */
export const isSpace = (character: string | undefined): boolean =>
  character !== undefined && character !== '' && ' \t\n\v\f\r'.includes(character);

function trimmed(text: string, at: readonly number[], endOffset: number): Placed {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return { text: text.slice(start, end), at: [...at.slice(start, end), at[end] ?? endOffset] };
}
