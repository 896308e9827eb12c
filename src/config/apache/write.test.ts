import { describe, expect, it } from 'vitest';
import { deploymentOf } from './read-text.ts';
import { writeApache } from './write.ts';

/** Reads a text and writes it again. */
const again = (text: string): string => writeApache(deploymentOf(text), { modules: null });

describe('A written configuration', () => {
  it('says what differs from a default, and nothing else', () =>
    expect(
      again(
        'Listen 8001\nThreadsPerChild 25\nMaxRequestWorkers 100\nWSGIDaemonProcess "a b" threads=15 processes=1 lang=C\nWSGIScriptAlias / /a.wsgi process-group=%{GLOBAL}\n',
      ),
    ).toBe(
      [
        'Listen 8001',
        'MaxRequestWorkers 100',
        'WSGIDaemonProcess "a b" processes=1 lang=C',
        'WSGIScriptAlias / /a.wsgi process-group=%{GLOBAL}',
        '',
      ].join('\n'),
    ));

  it('keeps hosts, files inside directories, and settings in their places', () => {
    const text = [
      'Listen 8001',
      'ServerName main.example',
      'WSGIProcessGroup shop',
      '<VirtualHost *:8001>',
      '  ServerName one.example:8001',
      '  ServerAlias www.one.example *.one.example',
      '  WSGIDaemonProcess shop threads=2',
      '  WSGIScriptAlias / "/srv/a b.wsgi"',
      '  SetEnv GROUP ""',
      '  <Directory /srv>',
      '    Require all granted',
      '    <Files "a b.wsgi">',
      '      WSGIApplicationGroup %{GLOBAL}',
      '    </Files>',
      '  </Directory>',
      '  <LocationMatch ^/x>',
      '    WSGIScriptReloading Off',
      '  </LocationMatch>',
      '</VirtualHost>',
      '',
    ].join('\n');
    expect(again(text)).toBe(text);
  });

  it('puts a group of the main server behind the virtual host whose group came first', () => {
    const text = [
      'Listen 80',
      '<VirtualHost *:80>',
      '  WSGIDaemonProcess first',
      '</VirtualHost>',
      'WSGIDaemonProcess second',
      'WSGIImportScript /a.py process-group=second application-group=%{GLOBAL}',
      '',
    ].join('\n');
    expect(again(text)).toBe(text);
  });

  it('loads its modules from the directory it is given', () => {
    const deployment = deploymentOf('Listen 80\n', { mpm: 'worker' });
    expect(writeApache(deployment, { modules: '/opt/my modules' })).toMatch(
      /^LoadModule mpm_worker_module "\/opt\/my modules\/mod_mpm_worker.so"\n/,
    );
    expect(writeApache(deployment)).toContain('LoadModule wsgi_module modules/mod_wsgi.so\n');
  });
});
