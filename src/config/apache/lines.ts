/**
 * Cuts a file into the lines Apache reads: continued lines joined, white space at both ends gone.
 * Source: httpd 2.4.x, util.c, `ap_cfg_getline_core` and `cfg_trim_line`.
 */
import type { Placed, SourceFile } from './placed.ts';

/** Hands out one file's lines in order. Whoever reads the inside of a section shares the reader with its outside. */
export class LineReader {
  readonly file: SourceFile;
  #next = 0;
  #nul = -1;

  constructor(file: SourceFile) {
    this.file = file;
  }

  /** The next line, which may be empty; null at the end of the file. */
  next(): Placed | null {
    const { text } = this.file;
    if (this.#next >= text.length) return null;
    const offsets: number[] = [];
    const last = (behind: number): string | undefined => text[offsets[offsets.length - behind] ?? -1];
    while (this.#next < text.length) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      this.#next = newline === -1 ? text.length : newline + 1;
      // A NUL ends the line for the C code, which then sees neither the rest nor the line break.
      const nul = this.#nulFrom(start);
      const cut = Math.min(nul, end);
      for (let offset = start; offset < cut; offset++) offsets.push(offset);
      if (cut !== end || newline === -1) return trimmed(text, offsets, cut);
      // Only the end of all that was joined counts: an empty line behind a doubled backslash goes on once more.
      const backslash = last(1) === '\\' ? 1 : last(1) === '\r' && last(2) === '\\' ? 2 : 0;
      if (backslash === 0) return trimmed(text, offsets, end);
      offsets.length -= backslash;
    }
    return trimmed(text, offsets, text.length);
  }

  /** Where the next NUL is; looked for once, not for each line. */
  #nulFrom(start: number): number {
    if (this.#nul < start) {
      const found = this.file.text.indexOf('\0', start);
      this.#nul = found === -1 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#nul;
  }
}

/** What `isspace` means in the C locale: nothing beyond ASCII. */
export const isSpace = (character: string | undefined): boolean =>
  character !== undefined && character !== '' && ' \t\n\v\f\r'.includes(character);

function trimmed(text: string, offsets: readonly number[], endOffset: number): Placed {
  let start = 0;
  let end = offsets.length;
  const at = (index: number): string | undefined => text[offsets[index] ?? -1];
  while (start < end && isSpace(at(start))) start++;
  while (end > start && isSpace(at(end - 1))) end--;
  const kept = offsets.slice(start, end);
  return { text: kept.map((offset) => text[offset]).join(''), offsets: [...kept, offsets[end] ?? endOffset], first: 0 };
}
