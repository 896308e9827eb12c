import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ansi, plain } from './palette.ts';
import { textTable } from './text-table.ts';

const anyRows = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(
      fc.array(fc.constantFrom('', 'x', 'process group', 'localhost:8001|/project1', 'one two three four five six'), {
        minLength: columns,
        maxLength: columns,
      }),
      { maxLength: 6 },
    ),
  }),
);
const columnsNamed = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `c${index}` }));

describe('a table', () => {
  it('is no wider than the terminal, as long as each column can be as narrow as it may', () =>
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 60, max: 200 }), ({ columns, rows }, width) => {
        const table = textTable(columnsNamed(columns), rows, { width, palette: plain });
        for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      }),
    ));

  it('shows every cell, whatever the width', () =>
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 100 }), ({ columns, rows }, width) => {
        const shown = textTable(columnsNamed(columns), rows, { width, palette: plain });
        for (const word of rows.flat().flatMap((cell) => cell.split(/[ /|:]/)))
          if (word.length <= 8) expect(shown).toContain(word);
      }),
    ));

  it('has the same letters with colour and without', () =>
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 20, max: 100 }), ({ columns, rows }, width) => {
        const painted = rows.map((row) => row.map((text) => ({ text, paint: ansi.good })));
        const coloured = textTable(columnsNamed(columns), painted, { width, palette: ansi });
        expect(coloured.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(
          textTable(columnsNamed(columns), rows, { width, palette: plain }),
        );
      }),
    ));

  it('puts numbers to the right and lets the widest column give way', () => {
    const columns = [{ title: 'URL' }, { title: 'threads', align: 'right' as const }, { title: 'script' }];
    const rows = [
      ['/a', '4', '/srv/a.wsgi'],
      ['/b', '15', '/srv/a-rather-long/path/to/b.wsgi'],
    ];
    expect(textTable(columns, rows, { width: 40, palette: plain }, 0).split('\n')).toEqual([
      'URL  threads  script',
      '/a         4  /srv/a.wsgi',
      '/b        15  /srv/a-rather-long/path/',
      '              to/b.wsgi',
    ]);
  });
});
