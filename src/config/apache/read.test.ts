import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mpm } from '../../../spec/deployments/apache.ts';
import { isRefused } from '../diagnostic.ts';
import { originOf } from '../origins.ts';
import { file, findings, read, variable } from './read-text.ts';

/** Pieces that mean something to the reader, in any order. */
const soup = fc
  .array(
    fc.constantFrom(
      ...['<VirtualHost *:80>', '</VirtualHost>', '<Location /a>', '</Location>', '<Directory ~ ^/x>', '</Directory>'],
      ...['<Files a>', '</Files>', '<IfModule !x.c>', '</IfModule>', '<IfVersion >= 2.4>', '</IfVersion>', '<If true>'],
      ...['WSGIDaemonProcess', 'WSGIScriptAlias', 'WSGIImportScript', 'WSGIProcessGroup', 'Listen', 'ServerName'],
      ...[
        'processes=',
        'threads=',
        '0',
        '-1',
        'abc',
        '99999999999',
        '%{GLOBAL}',
        'process-group=a',
        'application-group=b',
      ],
      ...[
        'Include',
        '/etc/apache2/*.conf',
        'site.conf',
        'Define A',
        '\\',
        '"',
        "'",
        '>',
        '<',
        '\n',
        '\n',
        '\n',
        ' ',
        '\t',
      ],
      ...[
        'Require all granted',
        '<RequireAll>',
        '</RequireAll>',
        'LoadModule x_module x',
        '<Macro m>',
        'Use m',
        '\r\n',
        '\0',
      ],
    ),
  )
  .map((pieces) => pieces.join(' '));

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  soup,
  soup.map((text) => text.replaceAll(' ', '')),
);

describe('Reading any text', () => {
  it('never throws, and every diagnostic points into the text', () =>
    fc.assert(
      fc.property(anyText, fc.constantFrom<Mpm>('prefork', 'event'), (text, mpm) => {
        const { deployment, diagnostics, origins } = read(text, { mpm });
        const lines = text.split('\n');
        for (const place of [...diagnostics, ...origins.positions.values()]) {
          expect(place.file).toBe(file);
          expect(place.line).toBeGreaterThanOrEqual(1);
          expect(place.line).toBeLessThanOrEqual(lines.length);
          expect(place.column).toBeGreaterThanOrEqual(1);
          expect(place.column).toBeLessThanOrEqual((lines[place.line - 1]?.length ?? 0) + 1);
        }
        expect(deployment === null).toBe(isRefused(diagnostics));
      }),
      { numRuns: 3000 },
    ));

  it.each([
    ['sections without end', '<Location /a>\n'.repeat(20_000)],
    ['conditions inside conditions', '<IfModule core.c>\n'.repeat(20_000)],
    ['sections that close', '<If true>\n'.repeat(5000) + '</If>\n'.repeat(5000)],
    ['a variable that doubles', `Define A aa\n${`Define A ${variable('A')}${variable('A')}\n`.repeat(60)}`],
    ['variables that never close', '${'.repeat(20_000)],
    ['one line of many', 'a \\\n'.repeat(20_000)],
    ['brackets of a pattern', `WSGIScriptAliasMatch "${'('.repeat(50_000)}" /a\n`],
    ['a pattern that JavaScript has not', '<IfVersion ~ 2++>\n</IfVersion>\n'],
  ])('survives %s', (_, text) => expect(() => read(text)).not.toThrow());

  it('says for every diagnostic what is wrong and how to put it right', () =>
    fc.assert(
      fc.property(soup, (text) => {
        for (const { message, fix } of read(text).diagnostics) {
          expect(message).not.toBe('');
          expect(fix).not.toBe('');
        }
      }),
    ));

  it('does not mind comments, empty lines, indentation and the case of names', () => {
    const plain = 'Listen 8001\nWSGIDaemonProcess shop threads=2\nWSGIProcessGroup shop\n';
    const dressed =
      '\n# hello \\\nstill a comment\n\tLISTEN   8001\n wsgidaemonprocess\t"shop" \\\n  threads=2\r\nWSGIprocessGROUP shop';
    expect(read(dressed).deployment).toEqual(read(plain).deployment);
  });
});

describe('What Apache swallows', () => {
  it('is a warning: quotes from a web page, and quotes that never close', () => {
    expect(findings('<Location “/a”>\n</Location>\n')).toEqual(['CFG038@1:11']);
    expect(findings('WSGIScriptAlias /a “/srv/a.wsgi”\n')).toEqual(['CFG038@1:20']);
    expect(findings('WSGIScriptAlias /a "/srv/a.wsgi\n')).toEqual(['CFG039@1:20']);
  });

  it('is named after what was meant: a misspelt directive', () => {
    const [unknown] = read('WSGIDeamonProcess a\n').diagnostics.filter(({ code }) => code === 'CFG001');
    expect(unknown?.fix).toBe('write WSGIDaemonProcess');
  });
});
describe('Origins', () => {
  it('tell where each part was written', () => {
    const { origins } = read(
      'WSGIDaemonProcess shop \\\n  threads=3\n<VirtualHost *:80>\n  WSGIScriptAlias / /a.wsgi process-group=shop\n  <Location /a>\n    WSGIProcessGroup shop\n  </Location>\n</VirtualHost>\nMaxRequestWorkers 50\n',
    );
    const at = (subject: Parameters<typeof originOf>[1]): string => {
      const place = originOf(origins, subject);
      return place === null ? 'nowhere' : `${place.line}:${place.column}`;
    };
    expect(at({ kind: 'daemon', name: 'shop' })).toBe('1:1');
    expect(at({ kind: 'daemon-option', name: 'shop', option: 'threads' })).toBe('2:3');
    expect(at({ kind: 'host', host: 1 })).toBe('3:1');
    expect(at({ kind: 'script-alias', host: 1, index: 0 })).toBe('4:3');
    expect(at({ kind: 'script-alias-option', host: 1, index: 0, option: 'process-group' })).toBe('4:29');
    expect(at({ kind: 'section', host: 1, index: 0 })).toBe('5:3');
    expect(at({ kind: 'setting', host: 1, section: 0, directive: 'WSGIProcessGroup' })).toBe('6:5');
    expect(at({ kind: 'directive', host: 0, directive: 'MaxRequestWorkers' })).toBe('9:19');
    expect(at({ kind: 'directive', host: 0, directive: 'StartServers' })).toBe('nowhere');
  });
});
