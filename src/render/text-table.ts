/** A table for terminals: aligned columns, as narrow as the terminal asks. */
import type { TextStyle } from './palette.ts';
import { columnsOf, wrap } from './wrap.ts';

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

export interface Column {
  readonly title: string;
  /** Numbers read better at the right. */
  readonly align?: 'right';
  /** Names that are looked for are never wrapped. */
  readonly isWhole?: true;
}

/** No column is made narrower than this unless its content is. */
const narrowest = 8;
const gap = 2;

/**
 * Lays out a table. The widest column gives way first, and cells that do not fit are wrapped.
 * @param rows - Each with one cell for each column.
 * @param indent - Spaces in front of every line.
 * @returns Lines without white space at the end, and without a final line break.
 */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly (Cell | string)[])[],
  { width, palette }: TextStyle,
  indent = 2,
): string {
  const body = rows.map((row) => row.map(asCell));
  const natural = columns.map((column, index) =>
    Math.max(columnsOf(column.title), ...body.map((row) => columnsOf(row[index]?.text ?? ''))),
  );
  const widths = fitted(natural, columns, width - indent - gap * (columns.length - 1));
  const head = columns.map(({ title }): Cell => ({ text: title, paint: palette.dim }));
  return [head, ...body].flatMap((row) => layOut(row, columns, widths, indent)).join('\n');
}

const asCell = (cell: Cell | string): Cell => (typeof cell === 'string' ? { text: cell } : cell);

/** Takes from the widest column until the sum fits, or until every column is as narrow as it may be. */
function fitted(natural: readonly number[], columns: readonly Column[], room: number): readonly number[] {
  const widths = [...natural];
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = Math.max(...widths.filter((_, index) => !columns[index]?.isWhole));
    if (widest <= narrowest) break;
    const gives = widths.findIndex((width, index) => width === widest && !columns[index]?.isWhole);
    widths[gives] = widest - 1;
  }
  return widths;
}

function layOut(
  row: readonly Cell[],
  columns: readonly Column[],
  widths: readonly number[],
  indent: number,
): readonly string[] {
  const cells = row.map((cell, index) => wrap(cell.text, Math.max(1, widths[index] ?? 1)));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const last = cells.findLastIndex((lines) => (lines[line] ?? '') !== '');
    const parts = row.slice(0, last + 1).map((cell, index) => {
      const text = cells[index]?.[line] ?? '';
      const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - columnsOf(text)));
      const painted = cell.paint ? cell.paint(text) : text;
      if (columns[index]?.align === 'right') return padding + painted;
      return index === last ? painted : painted + padding;
    });
    return parts.length === 0 ? '' : ' '.repeat(indent) + parts.join(' '.repeat(gap));
  });
}
