import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitDirectives } from '../../spec/options/apache-limits.ts';
import { mpmDirectives } from '../../spec/options/apache-mpm.ts';
import { gunicornSettings } from '../../spec/options/gunicorn-settings.ts';
import { daemonOptions } from '../../spec/options/mod-wsgi-daemon-options.ts';
import { wsgiDirectives } from '../../spec/options/mod-wsgi-directives.ts';
import { uwsgiOptionNames } from '../../spec/options/uwsgi-option-names.ts';
import { uwsgiOptions } from '../../spec/options/uwsgi-options.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { diagnosticsPage } from './diagnostics-page.ts';
import { code, markdownTable } from './markdown-table.ts';
import { optionsPage } from './options-page.ts';
import { rulesPage } from './rules-page.ts';

/** The rows of a table as a reader of Markdown splits them. */
const rowsOf = (table: string): readonly (readonly string[])[] =>
  table
    .split('\n')
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('\\|', '|')));

describe('a Markdown table', () => {
  it('has one line for each row and one cell for each column, whatever the cells hold', () => {
    const cell = fc.string({ maxLength: 20 }).filter((text) => !text.includes('\\'));
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }),
      );
    fc.assert(
      fc.property(table, ([header = [], ...rows]) => {
        const [first, , ...others] = rowsOf(markdownTable(header, rows));
        const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
        expect([first, ...others]).toEqual([header, ...rows].map((row) => row.map(oneLine)));
      }),
    );
  });
});

const optionTables = {
  daemonOptions,
  wsgiDirectives,
  mpmDirectives,
  limitDirectives,
  gunicornSettings,
  uwsgiOptions,
  uwsgiOptionNames,
};

describe('the reference', () => {
  it('gives every rule one entry that a link leads to', () => {
    const page = rulesPage(rules);
    for (const { id, says } of rules) {
      expect(page.split(`\n### ${id}\n\n${says}\n`)).toHaveLength(2);
      expect(page).toContain(`(#${id.toLowerCase()})`);
    }
  });

  it('gives every setting one row', () => {
    const rows = rowsOf(optionsPage(optionTables)).map(([names = '']) => names.split(/[ ,]/)[0]);
    const all = [daemonOptions, wsgiDirectives, mpmDirectives, gunicornSettings, uwsgiOptions].flat();
    for (const { name } of all) {
      const known = all.filter((option) => option.name === name);
      expect(
        rows.filter((row) => row === code(name)),
        name,
      ).toHaveLength(known.length);
    }
  });

  it('shows bounds, defaults and releases of a setting', () => {
    const page = optionsPage(optionTables);
    expect(page).toContain('| `threads` | integer from 0 to 65533, threads | `15` |');
    expect(page).toMatch(/`StartServers` .* prefork `5`, worker `3`, event `3` \|/);
    expect(page).toMatch(/`interrupt-timeout` .* \(mod_wsgi 6 only: since 6\.0\.0\)/);
    expect(page).toMatch(/^\| `processes`, `workers` `-p` \| integer from 0, processes \| `1` \|/m);
    expect(page).toMatch(/`py-auto-reload`.* Its name alone sets `enable-threads` and `master`\. \|/);
    expect(page).toMatch(/^\| `workers` \| `-w`, `--workers` \| integer from 0, processes \| `1` \|/m);
    expect(page).toMatch(/`max-requests-delta`.*\(since 2\.0\.29\)/);
  });

  it('names the source of a hazard', () => {
    const hazard = { code: 'HAZ999', title: 'A trap', explanation: 'It snaps.', source: 'the manual' };
    const page = diagnosticsPage([{ code: 'CFG999', title: 'A slip', explanation: 'It slides.' }], [hazard]);
    expect(page).toContain('### CFG999\n\n**A slip.** It slides.\n\n## Hazards');
    expect(page).toContain('### HAZ999\n\n**A trap.** It snaps.\n\nSource: the manual\n');
  });
});
