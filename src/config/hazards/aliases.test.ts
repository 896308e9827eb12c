import { describe, expect, it } from 'vitest';
import { hazardsOf } from './hazards-of.ts';

const named = (code: string, ...lines: readonly string[]) =>
  hazardsOf(['Listen 80', ...lines, ''].join('\n')).filter((hazard) => hazard.code === code);

describe('aliases', () => {
  it('one behind another that answers its URL is never reached', () => {
    const whole = 'WSGIScriptAlias / /srv/a.wsgi';
    const part = 'WSGIScriptAlias /b /srv/b.wsgi';
    expect(named('HAZ041', whole, part)).toMatchObject([
      { line: 3, severity: 'warning', message: expect.stringMatching(/no request reaches \/srv\/b\.wsgi.*line 2/) },
    ]);
    expect(named('HAZ041', part, whole)).toEqual([]);
  });

  it('one written twice is hidden by the first', () => {
    expect(named('HAZ041', 'WSGIScriptAlias /a /srv/a.wsgi', 'WSGIScriptAlias /a /srv/b.wsgi')).toMatchObject([
      { line: 3 },
    ]);
  });

  it('a slash at the end of the URL only glues what follows to the name of the script', () => {
    expect(named('HAZ042', 'WSGIScriptAlias /a/ /srv/a.wsgi')).toMatchObject([
      {
        line: 2,
        message: expect.stringContaining('/srv/a.wsgix'),
        fix: expect.stringContaining('WSGIScriptAlias /a '),
      },
    ]);
    expect(named('HAZ042', 'WSGIScriptAlias /a /srv/a.wsgi')).toEqual([]);
    expect(named('HAZ042', 'WSGIScriptAlias / /srv/a.wsgi')).toEqual([]);
    expect(named('HAZ042', 'WSGIScriptAlias /a/ /srv/scripts/')).toEqual([]);
  });

  it('typographic quotes make a path that does not begin with a slash: 404', () => {
    expect(named('HAZ043', 'WSGIScriptAlias /a “/srv/a.wsgi”')).toMatchObject([
      { line: 2, message: expect.stringContaining('404'), fix: 'write "/srv/a.wsgi" in plain quotes' },
    ]);
    expect(named('HAZ043', 'WSGIScriptAlias /a scripts/a.wsgi')).toMatchObject([
      { fix: 'write the absolute path of the script' },
    ]);
    expect(named('HAZ043', 'WSGIScriptAlias /a "/srv/a.wsgi"')).toEqual([]);
  });

  it('a pattern keeps its URLs to itself, unless it is a plain prefix', () => {
    expect(named('HAZ044', 'WSGIScriptAliasMatch ^/(\\w+)/x /srv/$1.wsgi')).toMatchObject([
      { line: 2, severity: 'info' },
    ]);
    expect(named('HAZ044', 'WSGIScriptAliasMatch ^/api /srv/api.wsgi')).toEqual([]);
  });
});
