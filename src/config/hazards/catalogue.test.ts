import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnosticCodes } from '../diagnostic-codes.ts';
import { explainApache } from '../explain.ts';
import { filesInMemory } from '../source.ts';
import { hazards } from './catalogue.ts';

describe('the catalogue of hazards', () => {
  it('gives each code to one hazard, and none that a reader uses', () => {
    const codes = hazards.map((hazard) => hazard.code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^HAZ\d{3}$/);
    for (const code of codes) expect(Object.keys(diagnosticCodes)).not.toContain(code);
  });

  it('says why and on whose word', () => {
    for (const { title, explanation, source } of hazards) {
      expect(title).not.toMatch(/\.$/);
      expect(explanation).toMatch(/\.$/);
      expect(source).not.toBe('');
    }
  });
});

/** Lines that meet one another in unforeseen ways. */
const anyLine = fc.oneof(
  fc.constantFrom(
    'Listen 8080',
    'ServerName example.org',
    'WSGIProcessGroup one',
    'WSGIApplicationGroup %{GLOBAL}',
    'WSGIApplicationGroup %{HOST}',
    'WSGIRestrictEmbedded On',
    'WSGIRestrictProcess two',
    'WSGIScriptReloading Off',
    'MaxConnectionsPerChild 1',
    'Require all denied',
  ),
  fc
    .tuple(
      fc.constantFrom('one', 'two'),
      fc.constantFrom('', 'processes=1', 'processes=2 threads=64'),
      fc.constantFrom('', 'deadlock-timeout=0 request-timeout=9', 'maximum-requests=3'),
    )
    .map(([name, size, limits]) => `WSGIDaemonProcess ${name} ${size} ${limits}`),
  fc
    .tuple(
      fc.constantFrom('/', '/a', '/A', '/a/', '/b/c'),
      fc.constantFrom('/srv/x.wsgi', '/srv/y.wsgi', '“/srv/z.wsgi”'),
      fc.constantFrom('', 'process-group=two', 'application-group=%{Nope}'),
    )
    .map(([url, script, option]) => `WSGIScriptAlias ${url} ${script} ${option}`),
  fc
    .tuple(fc.constantFrom('/', '/a', '/b'), fc.constantFrom('one', 'two', 'three', '%{GLOBAL}'))
    .map(([path, group]) => `<Location ${path}>\nWSGIProcessGroup ${group}\n</Location>`),
);

describe('the hazards of any configuration', () => {
  it('stand at a line of the text, say one sentence each and are not said twice', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), fc.constantFrom('prefork', 'event'), (lines, mpm) => {
        const text = `Listen 80\n${lines.join('\n')}\n`;
        const { diagnostics } = explainApache({
          file: 'site.conf',
          text,
          source: filesInMemory({}),
          modWsgi: '4.9',
          mpm,
        });
        for (const { file, line, column, message, fix } of diagnostics) {
          expect(file).toBe('site.conf');
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(column).toBeLessThanOrEqual((text.split('\n')[line - 1] ?? '').length + 1);
          expect(message).not.toMatch(/undefined|null|NaN|\bof process group\b.*\bof process group\b|\n/);
          expect(fix).not.toMatch(/undefined|null|NaN|\n/);
        }
        const said = diagnostics.filter(({ code }) => code.startsWith('HAZ')).map((one) => JSON.stringify(one));
        expect(new Set(said).size).toBe(said.length);
        const places = diagnostics.map(({ line, column }) => line * 10_000 + column);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
    );
  });
});
