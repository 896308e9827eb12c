import { describe, expect, it } from 'vitest';
import { deploymentOf, findings, read } from '../read-text.ts';

describe('Directives in the wrong place', () => {
  it.each([
    ['<Location /a>\nWSGIDaemonProcess x\n</Location>\n', 'CFG002@2:1'],
    ['<Location /a>\nWSGIScriptAlias / /x\n</Location>\n', 'CFG002@2:1'],
    ['<VirtualHost *:80>\nWSGIRestrictEmbedded On\n</VirtualHost>\n', 'CFG002@2:1'],
    ['<VirtualHost *:80>\n  MaxRequestWorkers 3\n</VirtualHost>\n', 'CFG002@2:3'],
    ['Require all granted\n', 'CFG002@1:1'],
    ['<Location /a>\n<Directory /b>\n</Directory>\n</Location>\n', 'CFG002@2:1'],
    ['<Location /a>\n<Files b>\n</Files>\n</Location>\n', 'CFG002@2:1'],
    ['<VirtualHost *:80>\n<VirtualHost *:80>\n</VirtualHost>\n</VirtualHost>\n', 'CFG002@2:1'],
    ['ServerAlias x\n', 'CFG002@1:1'],
  ])('%j is refused', (text, finding) => expect(findings(text)).toEqual([finding]));
});

describe('Addresses', () => {
  it('are those of the virtual hosts where there is no Listen', () => {
    const { deployment, diagnostics } = read(
      '<VirtualHost *:8001 [::1]:8002>\n</VirtualHost>\n<VirtualHost _default_:*>\n</VirtualHost>\n',
    );
    expect(deployment?.listens).toEqual([
      { address: '*', port: 8001 },
      { address: '*', port: 8002 },
    ]);
    expect(deployment?.hosts.map(({ addresses }) => addresses)).toEqual([
      [],
      [
        { address: '*', port: 8001 },
        { address: '::1', port: 8002 },
      ],
      [{ address: '*', port: null }],
    ]);
    expect(diagnostics.map(({ code, severity }) => `${code} ${severity}`)).toContain('CFG024 info');
  });

  it('are read in every form of Listen, and refused twice', () => {
    expect(deploymentOf('Listen 80\nListen 127.0.0.1:81\nListen [::1]:82\nListen 443 https\n').listens).toEqual([
      { address: '*', port: 80 },
      { address: '127.0.0.1', port: 81 },
      { address: '::1', port: 82 },
      { address: '*', port: 443 },
    ]);
    expect(findings('Listen 80\nListen *:80\n')).toEqual(['CFG023@2:8']);
    expect(findings('Listen 0\nListen a\nListen 70000\nListen [::g]:1\n').length).toBe(4);
  });

  it('of a name have no scheme, and a port of their own', () => {
    const { serverName, serverPort } = deploymentOf('ServerName https://a.example:8443\n').hosts[0];
    expect({ serverName, serverPort }).toEqual({ serverName: 'a.example', serverPort: 8443 });
  });
});
