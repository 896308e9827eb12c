import { describe, expect, it } from 'vitest';
import { hazardsOf } from './hazards-of.ts';

const codes = (text: string): readonly string[] => hazardsOf(text).map((hazard) => hazard.code);

describe('two sections with one path', () => {
  const asPrinted = `Listen 80
WSGIDaemonProcess site1 threads=1
WSGIDaemonProcess site2 threads=1
<Location "/project1">
WSGIProcessGroup site1
</Location>
WSGIScriptAlias /project1 /srv/project1.wsgi
<Location "/project1">
WSGIProcessGroup site2
</Location>
WSGIScriptAlias /project2 /srv/project2.wsgi
`;

  it('the second one is named, with what it replaces, and the path that was meant', () => {
    const found = hazardsOf(asPrinted);
    expect(found.find((hazard) => hazard.code === 'HAZ002')).toMatchObject({
      severity: 'warning',
      line: 8,
      column: 1,
      message: expect.stringContaining('WSGIProcessGroup site2 replaces the site1 of line 4'),
      fix: 'write the path that was meant: /project2 has no section',
    });
    expect(found.find((hazard) => hazard.code === 'HAZ003')).toMatchObject({ line: 11 });
    expect(found.find((hazard) => hazard.code === 'HAZ011')).toMatchObject({ line: 2 });
  });

  it('with the path that was meant nothing is left to say', () => {
    const meant = asPrinted.replace(/(project1[\s\S]*project1[\s\S]*)"\/project1"/, '$1"/project2"');
    expect(codes(meant)).not.toEqual(expect.arrayContaining(['HAZ002']));
    expect(codes(meant)).not.toEqual(expect.arrayContaining(['HAZ003']));
    expect(codes(meant)).not.toEqual(expect.arrayContaining(['HAZ011']));
  });

  it('sections that set different things, or the same thing alike, are left alone', () => {
    const two = (second: string): string => `Listen 80
WSGIDaemonProcess site threads=1
<Location /a>
WSGIProcessGroup site
</Location>
<Location /a>
${second}
</Location>
WSGIScriptAlias /a /srv/a.wsgi
`;
    expect(codes(two('WSGIApplicationGroup one'))).not.toContain('HAZ002');
    expect(codes(two('WSGIProcessGroup site'))).not.toContain('HAZ002');
    expect(codes(two('WSGIProcessGroup %{GLOBAL}'))).toContain('HAZ002');
  });
});

describe('a mount that is embedded although groups are declared', () => {
  const site = (alias: string): string => `Listen 80
WSGIDaemonProcess site threads=1
WSGIScriptAlias /a /srv/a.wsgi process-group=site
WSGIScriptAlias /b /srv/b.wsgi ${alias}
`;

  it('is warned of once, at its alias, whatever the number of ports', () => {
    const found = hazardsOf(site('').replace('Listen 80', 'Listen 80\nListen 8080'));
    expect(found.filter((hazard) => hazard.code === 'HAZ003')).toMatchObject([
      { line: 5, fix: expect.stringContaining('process-group=site') },
    ]);
  });

  it('is left alone where embedded mode was asked for', () => {
    expect(codes(site('process-group=%{GLOBAL}'))).not.toContain('HAZ003');
  });

  it('is left alone where the only group belongs to another virtual host', () => {
    const text = `Listen 80
ServerName main.example
WSGIScriptAlias /b /srv/b.wsgi
<VirtualHost *:80>
ServerName shop.example
WSGIDaemonProcess shop threads=1
WSGIScriptAlias / /srv/shop.wsgi process-group=shop
</VirtualHost>
`;
    expect(codes(text)).not.toContain('HAZ003');
  });
});
