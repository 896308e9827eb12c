import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hanging, wrap } from './wrap.ts';

const words = fc
  .array(fc.constantFrom('a', '5', 's', '/srv/app.wsgi', 'localhost:8001|/project1', 'Zürich', '次', ' '), {
    maxLength: 20,
  })
  .map((parts) => parts.join(' '));
const solid = (text: string): string => text.replace(/\s+/g, '');

describe('wrapped text', () => {
  it('fits its width and loses nothing but white space', () =>
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const lines = wrap(text, width);
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
        expect(solid(lines.join(''))).toBe(solid(text));
      }),
    ));

  it('is broken at spaces, else behind a part of a path, and never between a number and its unit', () => {
    expect(wrap('the process is replaced', 12)).toEqual(['the process', 'is replaced']);
    expect(wrap('two-projects/project1.wsgi', 20)).toEqual(['two-projects/', 'project1.wsgi']);
    expect(wrap('SIGKILL after 3 s', 16)).toEqual(['SIGKILL after', '3 s']);
  });

  it('hangs below its first line', () => {
    expect(hanging('fix: write the path that was meant', 20, 5)).toBe('fix: write the path\n     that was meant');
  });
});
