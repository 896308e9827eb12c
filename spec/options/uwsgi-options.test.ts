import { describe, expect, it } from 'vitest';
import { uwsgiReleases } from '../deployments/uwsgi.ts';
import { uwsgiOptionName, uwsgiOptionNames } from './uwsgi-option-names.ts';
import { uwsgiOption, uwsgiOptions } from './uwsgi-options.ts';

describe('The options of uWSGI', () => {
  it('have each name, alias and letter once', () => {
    const modelled = uwsgiOptions.flatMap(({ name, aliases }) => [name, ...aliases]);
    const names = [...modelled, ...uwsgiOptionNames.map(({ name }) => name)];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const letters = uwsgiOptions.flatMap(({ short }) => short ?? []);
    expect(new Set(letters).size).toBe(letters.length);
    for (const { short } of uwsgiOptionNames) expect(letters).not.toContain(short);
  });

  it('hold defaults that the options would take, say what each changes, and where that is written', () => {
    for (const { name, shape, default: standard, changes, source } of uwsgiOptions) {
      expect(changes, name).toMatch(/^[A-Z].*\.$/);
      expect(source, name).toMatch(/^uWSGI 2\.0\.30, [\w./]+\.c:\d+$/);
      const kinds = { integer: 'number', long: 'number', switch: 'boolean' } as Readonly<Record<string, string>>;
      if (standard !== null) expect(typeof standard, name).toBe(kinds[shape.kind] ?? 'string');
    }
  });

  it('are told apart by release', () => {
    expect(uwsgiReleases.map((release) => uwsgiOption('max-requests-delta', release) !== undefined)).toEqual([
      false,
      true,
    ]);
    expect(uwsgiReleases.map((release) => uwsgiOptionName('harakiri-queue-threshold', release) !== undefined)).toEqual([
      false,
      true,
    ]);
    expect(uwsgiOption('workers', '2.0.21')).toBe(uwsgiOption('processes', '2.0.21'));
    expect(uwsgiOption('Workers', '2.0.21')).toBeUndefined();
    expect(uwsgiOptionName('log-master', '2.0.21')).toMatchObject({ takes: 'nothing', implies: ['master'] });
  });
});
