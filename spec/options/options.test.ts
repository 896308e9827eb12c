import { describe, expect, it } from 'vitest';
import { modWsgiReleases, mpms } from '../deployments/apache.ts';
import { apacheModules } from './apache-directives.ts';
import { limitDirectives } from './apache-limits.ts';
import { mpmDirectives } from './apache-mpm.ts';
import { daemonOption, daemonOptions } from './mod-wsgi-daemon-options.ts';
import { wsgiDirective, wsgiDirectives } from './mod-wsgi-directives.ts';
import type { Option } from './option.ts';

/** Whether a default is a value that the option itself would take. */
function takesItsDefault({ shape, default: standard }: Pick<Option, 'shape' | 'default'>): boolean {
  if (standard === null) return true;
  switch (shape.kind) {
    case 'integer':
      if (typeof standard !== 'number') return false;
      if (shape.zero && standard === 0) return true;
      return (shape.min ?? standard) <= standard && standard <= (shape.max ?? standard);
    case 'long':
      return typeof standard === 'number' && standard >= shape.min;
    case 'decimal':
      return typeof standard === 'number' && standard > 0;
    case 'flag':
      return typeof standard === 'boolean';
    default:
      return typeof standard === 'string';
  }
}

describe('The option tables', () => {
  it('name each option and each directive once in a release', () => {
    for (const release of modWsgiReleases)
      for (const table of [daemonOptions, wsgiDirectives]) {
        const names = table.filter((row) => row.releases.includes(release)).map((row) => row.name.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
      }
  });

  it('hold defaults that the options would take', () => {
    for (const row of [...daemonOptions, ...wsgiDirectives, ...limitDirectives])
      expect(takesItsDefault(row), row.name).toBe(true);
    for (const row of mpmDirectives)
      for (const mpm of row.mpms)
        expect(takesItsDefault({ shape: row.shape, default: row.default[mpm] ?? null }), row.name).toBe(true);
  });

  it('say what each changes, and where that is written', () => {
    for (const row of [...daemonOptions, ...wsgiDirectives, ...mpmDirectives, ...limitDirectives]) {
      expect(row.changes).toMatch(/^[A-Z].*\.$/);
      expect(row.source).toMatch(/^(?:mod_wsgi|httpd) \d\.\d+\.\w+, [\w./]+\.[ch]|^httpd 2\.4\.x, /);
    }
  });

  it('give every MPM a default for each of its directives, and no other MPM', () => {
    for (const row of mpmDirectives)
      expect(Object.keys(row.default).toSorted(), row.name).toEqual([...row.mpms].toSorted());
  });

  it('know which release has what', () => {
    expect(mpms.length).toBe(3);
    expect(modWsgiReleases.map((release) => wsgiDirective('wsgilazyinitialization', release) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    expect(modWsgiReleases.map((release) => daemonOption('interrupt-timeout', release) !== undefined)).toEqual([
      false,
      false,
      true,
    ]);
    expect(daemonOption('Threads', '4.9')).toBeUndefined();
  });

  it('list each module of Apache once, and no directive twice in one module', () => {
    const symbols = apacheModules.map(({ symbol }) => symbol);
    expect(new Set(symbols).size).toBe(symbols.length);
    for (const { directives } of apacheModules)
      expect(new Set(directives.map(({ name }) => name)).size).toBe(directives.length);
  });
});
