import { describe, expect, it } from 'vitest';
import { hazardsOf } from './hazards-of.ts';

const named = (text: string, code: string) => hazardsOf(text).filter((hazard) => hazard.code === code);
const site = (rest: string): string => `Listen 80
WSGIDaemonProcess shop threads=2
${rest}
`;

describe('process groups', () => {
  it('processes=1 is warned of at the option, and only when it is written', () => {
    const text = (options: string) =>
      `Listen 80\nWSGIDaemonProcess shop ${options}\nWSGIScriptAlias / /srv/a.wsgi process-group=shop\n`;
    expect(named(text('threads=2 processes=1'), 'HAZ001')).toMatchObject([
      { line: 2, column: 34, severity: 'warning' },
    ]);
    expect(named(text('threads=2'), 'HAZ001')).toEqual([]);
    expect(named(text('threads=2 processes=2'), 'HAZ001')).toEqual([]);
  });

  it('one that nothing uses is named, unless a preload or an alias with a pattern may use it', () => {
    expect(named(site('WSGIScriptAlias / /srv/a.wsgi process-group=%{GLOBAL}'), 'HAZ011')).toMatchObject([{ line: 2 }]);
    expect(named(site('WSGIScriptAlias / /srv/a.wsgi process-group=shop'), 'HAZ011')).toEqual([]);
    expect(named(site('WSGIImportScript /srv/a.wsgi process-group=shop application-group=one'), 'HAZ011')).toEqual([]);
    expect(named(site('WSGIScriptAliasMatch ^/(\\w+)/x /srv/$1.wsgi process-group=shop'), 'HAZ011')).toEqual([]);
  });

  it('one that does not exist is a 500, and the place is where it was named', () => {
    expect(
      named(site('<Location /a>\nWSGIProcessGroup Shop\n</Location>\nWSGIScriptAlias /a /srv/a.wsgi'), 'HAZ012'),
    ).toMatchObject([
      { line: 4, severity: 'warning', message: expect.stringContaining('500'), fix: expect.stringContaining("'shop'") },
    ]);
    expect(named(site('WSGIScriptAlias / /srv/a.wsgi process-group=shop'), 'HAZ012')).toEqual([]);
  });

  it('one of another virtual host is a 500 there, and is usable from everywhere if declared outside', () => {
    const hosts = (outside: string, inside: string): string => `Listen 80
${outside}
<VirtualHost *:80>
ServerName one.example
${inside}
WSGIScriptAlias / /srv/a.wsgi process-group=own
</VirtualHost>
<VirtualHost *:80>
ServerName two.example
WSGIScriptAlias / /srv/b.wsgi process-group=own
</VirtualHost>
`;
    expect(named(hosts('', 'WSGIDaemonProcess own threads=2'), 'HAZ013')).toMatchObject([
      { line: 10, message: expect.stringContaining('two.example') },
    ]);
    expect(named(hosts('WSGIDaemonProcess own threads=2', ''), 'HAZ013')).toEqual([]);
  });

  it('one that WSGIRestrictProcess leaves out is a 500', () => {
    const text = (list: string): string =>
      site(`WSGIRestrictProcess ${list}\nWSGIScriptAlias / /srv/a.wsgi process-group=shop`);
    expect(named(text('other'), 'HAZ014')).toMatchObject([{ line: 3 }]);
    expect(named(text('other shop'), 'HAZ014')).toEqual([]);
  });

  it('embedded mode is a 500 under WSGIRestrictEmbedded', () => {
    const text = (flag: string): string => `Listen 80\nWSGIRestrictEmbedded ${flag}\nWSGIScriptAlias / /srv/a.wsgi\n`;
    expect(named(text('On'), 'HAZ015')).toMatchObject([{ line: 3 }]);
    expect(named(text('Off'), 'HAZ015')).toEqual([]);
  });

  it('a script to which access is denied is a 403', () => {
    const text = (inner: string): string =>
      `Listen 80\n<Directory />\nRequire all denied\n</Directory>\n${inner}\nWSGIScriptAlias / /srv/app/a.wsgi\n`;
    expect(named(text(''), 'HAZ016')).toMatchObject([
      { line: 3, fix: expect.stringContaining('<Directory "/srv/app">') },
    ]);
    expect(named(text('<Directory /srv/app>\nRequire all granted\n</Directory>'), 'HAZ016')).toEqual([]);
  });

  it('a group without threads leaves its requests waiting', () => {
    const text = (threads: number): string =>
      `Listen 80\nWSGIDaemonProcess shop threads=${threads}\nWSGIScriptAlias / /srv/a.wsgi process-group=shop\n`;
    expect(named(text(0), 'HAZ017')).toMatchObject([{ line: 3, message: expect.stringContaining('504') }]);
    expect(named(text(1), 'HAZ017')).toEqual([]);
  });
});
