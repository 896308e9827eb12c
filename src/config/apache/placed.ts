/** Text that knows where each of its characters came from, through continuation lines and `${variables}`. */
import type { Position } from '../diagnostic.ts';

/**
 * `offsets[first + i]` is the file offset of the text's i-th UTF-16 unit; there is one more, for the end. Parts of a
 * text share its offsets, so that taking a long line apart word by word stays cheap.
 */
export interface Placed {
  readonly text: string;
  readonly offsets: readonly number[];
  readonly first: number;
}

/** A file being read, with the offset at which each line starts. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export function sourceFile(name: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lineStarts.push(end + 1);
  return { name, text, lineStarts };
}

/** The place of an offset; one behind the end of the text is its end. */
export function positionAt(file: SourceFile, offset: number): Position {
  const within = Math.max(0, Math.min(offset, file.text.length));
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((file.lineStarts[middle] ?? 0) <= within) low = middle;
    else high = middle - 1;
  }
  return { file: file.name, line: low + 1, column: within - (file.lineStarts[low] ?? 0) + 1 };
}

export const slice = (placed: Placed, start: number, end: number = placed.text.length): Placed => ({
  text: placed.text.slice(start, end),
  offsets: placed.offsets,
  first: placed.first + start,
});

export const offsetOf = ({ offsets, first }: Placed, index: number): number =>
  offsets[first + index] ?? offsets.at(-1) ?? 0;
