/** Text that knows where each of its characters came from, through continuation lines and `${variables}`. */
import type { Position } from '../diagnostic.ts';

/** `at` has one file offset more than `text` has UTF-16 units: the last one is the end. */
export interface Placed {
  readonly text: string;
  readonly at: readonly number[];
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
  at: placed.at.slice(start, end + 1),
});

export const offsetOf = (placed: Placed, index: number): number => placed.at[index] ?? placed.at.at(-1) ?? 0;
