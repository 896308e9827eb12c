import { describe, expect, it } from 'vitest';
import { gunicornReleases } from '../deployments/gunicorn.ts';
import { type GunicornSetting, gunicornSetting, gunicornSettings } from './gunicorn-settings.ts';

/** Whether a default is a value that the setting itself would take. */
function takesItsDefault({ shape, default: standard }: GunicornSetting): boolean {
  if (standard === null) return true;
  switch (shape.kind) {
    case 'natural':
      return typeof standard === 'number' && standard >= 0;
    case 'truth':
      return typeof standard === 'boolean';
    case 'texts':
    case 'files':
      return typeof standard === 'object';
    default:
      return typeof standard === 'string';
  }
}

describe('the settings of gunicorn', () => {
  it('have each name and each flag once in a release', () => {
    for (const release of gunicornReleases) {
      const known = gunicornSettings.filter((row) => row.releases.includes(release));
      const names = known.map((row) => row.name);
      const flags = known.flatMap((row) => row.flags);
      expect(new Set(names).size).toBe(names.length);
      expect(new Set(flags).size).toBe(flags.length);
    }
  });

  it('say what each changes, where that is written, and a default that it would take', () => {
    for (const row of gunicornSettings) {
      expect(row.changes, row.name).toMatch(/^[A-Z].*\.$/);
      expect(row.source, row.name).toMatch(/^gunicorn (?:20\.1|26\.1)\.0, gunicorn\/config\.py:\d+$/);
      expect(takesItsDefault(row), row.name).toBe(true);
    }
  });

  it('differ between releases', () => {
    expect(gunicornSetting('tolerate_dangerous_framing', '20.1')).toBeDefined();
    expect(gunicornSetting('tolerate_dangerous_framing', '26.1')).toBeUndefined();
    expect(gunicornSetting('control_socket', '20.1')).toBeUndefined();
    expect(gunicornSetting('proxy_protocol', '20.1')?.default).toBe(false);
    expect(gunicornSetting('proxy_protocol', '26.1')?.default).toBe('off');
  });
});
