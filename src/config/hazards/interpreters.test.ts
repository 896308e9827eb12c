import { describe, expect, it } from 'vitest';
import { hazardsOf, type TextSetting } from './hazards-of.ts';

const named = (code: string, text: string, setting?: TextSetting) =>
  hazardsOf(text, setting).filter((hazard) => hazard.code === code);
const site = (...lines: readonly string[]): string =>
  ['Listen 80', 'ServerName example.org', 'WSGIDaemonProcess shop threads=2', ...lines, ''].join('\n');
const alias = (url: string, script: string, group?: string): string =>
  `WSGIScriptAlias ${url} ${script} process-group=shop${group === undefined ? '' : ` application-group=${group}`}`;

describe('interpreters', () => {
  it('a mount on two ports is loaded twice, unless its interpreter has a name of its own', () => {
    const two = (group?: string): string => `Listen 8080\n${site(alias('/', '/srv/a.wsgi', group))}`;
    expect(named('HAZ021', two())).toMatchObject([
      {
        line: 5,
        message: expect.stringMatching(/2 times in each process.*'example\.org:8080\|' and 'example\.org\|'/),
      },
    ]);
    expect(named('HAZ021', two('one'))).toEqual([]);
    expect(named('HAZ021', site(alias('/', '/srv/a.wsgi')))).toEqual([]);
  });

  it('%{HOST} is chosen by the client', () => {
    expect(named('HAZ022', site(alias('/', '/srv/a.wsgi', '%{HOST}')))).toMatchObject([
      { line: 4, severity: 'warning' },
    ]);
    expect(named('HAZ022', site(alias('/', '/srv/a.wsgi', '%{SERVER}')))).toEqual([]);
  });

  it('the port of the Host header is part of the default name', () => {
    expect(named('HAZ023', site(alias('/', '/srv/a.wsgi')))).toMatchObject([{ line: 4, severity: 'info' }]);
    expect(named('HAZ023', site(alias('/', '/srv/a.wsgi', '%{GLOBAL}')))).toEqual([]);
    expect(named('HAZ023', site('UseCanonicalName On', alias('/', '/srv/a.wsgi')))).toEqual([]);
    expect(named('HAZ023', site('UseCanonicalName Off', alias('/', '/srv/a.wsgi')))).toHaveLength(1);
  });

  it('%{GLOBAL} beside a named group in one process is not safe on CPython 3.11', () => {
    const both = site(alias('/a', '/srv/a.wsgi', '%{GLOBAL}'), alias('/b', '/srv/b.wsgi', 'two'));
    expect(named('HAZ024', both)).toMatchObject([{ line: 4, message: expect.stringContaining('/b') }]);
    expect(named('HAZ024', both.replace('=two', '=%{GLOBAL}'))).toEqual([]);
    const embedded = both.replaceAll('process-group=shop', 'process-group=%{GLOBAL}');
    expect(named('HAZ024', embedded, { mpm: 'event' })).toHaveLength(1);
    expect(named('HAZ024', embedded, { mpm: 'prefork' })).toEqual([]);
  });

  it('C extensions want the main interpreter', () => {
    expect(named('HAZ025', site(alias('/', '/srv/a.wsgi', 'one')))).toHaveLength(1);
    expect(named('HAZ025', site(alias('/', '/srv/a.wsgi', '%{GLOBAL}')))).toEqual([]);
  });

  it('one script on two mounts is loaded twice, unless both are in one application group', () => {
    const two = (group?: string): string => site(alias('/a', '/srv/a.wsgi', group), alias('/b', '/srv/a.wsgi', group));
    expect(named('HAZ026', two())).toMatchObject([{ line: 5, message: expect.stringContaining('/a and /b') }]);
    expect(named('HAZ026', two('one'))).toEqual([]);
    expect(named('HAZ026', site(alias('/a', '/srv/a.wsgi'), alias('/b', '/srv/b.wsgi')))).toEqual([]);
  });

  it('URLs that differ in letter case share an interpreter without being asked', () => {
    expect(named('HAZ027', site(alias('/a', '/srv/a.wsgi'), alias('/A', '/srv/b.wsgi')))).toMatchObject([{ line: 5 }]);
    expect(named('HAZ027', site(alias('/a', '/srv/a.wsgi', 'x'), alias('/A', '/srv/b.wsgi', 'x')))).toEqual([]);
  });

  it('an expansion in other letters or with something beside it is a plain name', () => {
    expect(named('HAZ028', site(alias('/', '/srv/a.wsgi', '%{Global}')))).toMatchObject([
      { line: 4, fix: expect.stringContaining('%{GLOBAL}') },
    ]);
    expect(named('HAZ028', site(alias('/', '/srv/a.wsgi', 'x%{SERVER}')))).toHaveLength(1);
    expect(named('HAZ028', site(alias('/', '/srv/a.wsgi', '%{ENV:NOWHERE}')))).toMatchObject([
      { message: expect.stringContaining('nothing known here sets the variable') },
    ]);
    for (const good of ['%{GLOBAL}', '%{SERVER}', '%{RESOURCE}', 'plain'])
      expect(named('HAZ028', site(alias('/', '/srv/a.wsgi', good)))).toEqual([]);
  });

  it('without ServerName the machine names the interpreters', () => {
    const text = site(alias('/', '/srv/a.wsgi'));
    expect(named('HAZ029', text.replace('ServerName example.org\n', ''))).toHaveLength(1);
    expect(named('HAZ029', text)).toEqual([]);
  });
});
