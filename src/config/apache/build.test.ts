import { describe, expect, it } from 'vitest';
import { defaultGroup } from '../../../spec/deployments/defaults.ts';
import { deploymentOf, findings, read, type TextOptions, variable } from './read-text.ts';

describe('Sections', () => {
  it.each([
    ['<Location /a>\n', 'CFG004@1:1'],
    ['</Location>\n', 'CFG004@1:1'],
    ['<Location /a>\n</Directory>\n', 'CFG004@2:1'],
    ['<Location /a\n</Location>\n', 'CFG004@1:13'],
    ['<Location>\n</Location>\n', 'CFG003@1:1'],
    ['<Location /a /b>\n</Location>\n', 'CFG003@1:14'],
    ['<Location /a>\n</Location >\n', 'CFG004@2:1'],
    ['<IfModule no.c>\n', 'CFG004@2:1'],
  ])('%j are refused', (text, finding) => expect(findings(text)).toEqual([finding]));

  it('of a condition that holds need no end, as in Apache', () =>
    expect(findings('<IfModule core.c>\n<Location /a>\n')).toEqual([]));
});

describe('Conditions', () => {
  const holds = (condition: string, options: TextOptions = {}): boolean => {
    const name = condition.split(' ')[0];
    return deploymentOf(`<${condition}>\nSetEnv X 1\n</${name}>\n`, options).hosts[0].settings.env !== undefined;
  };

  it.each([
    ['IfModule mod_wsgi.c', true],
    ['IfModule wsgi_module', true],
    ['IfModule !mod_wsgi.c', false],
    ['IfModule mod_ssl.c', true],
    ['IfModule nothing.c', false],
    ['IfModule mpm_event_module', true],
    ['IfModule mpm_prefork_module', false],
    ['IfDefine FLAG', false],
    ['IfDefine !FLAG', true],
    ['IfVersion >= 2.4', true],
    ['IfVersion < 2.4', false],
    ['IfVersion !~ ^2\\.4', false],
    ['IfVersion 2.4.62', true],
    ['IfVersion = /^2/', true],
    ['IfFile site.conf', true],
    ['IfFile !site.conf', false],
    ['IfDirective WSGIScriptAlias', true],
    ['IfSection Location', true],
  ])('decide %s', (condition, expected) => expect(holds(condition)).toBe(expected));

  it('know what was defined on the command line, and which MPM was asked for', () => {
    expect(holds('IfDefine FLAG', { defines: ['FLAG'] })).toBe(true);
    expect(holds('IfModule mpm_prefork_module', { mpm: 'prefork' })).toBe(true);
  });

  it('know what was loaded, once anything is loaded', () => {
    const text = 'LoadModule mpm_worker_module modules/mod_mpm_worker.so\nLoadModule env_module modules/mod_env.so\n';
    const asked = (name: string) =>
      deploymentOf(`${text}<IfModule ${name}>\nSetEnv X 1\n</IfModule>\n`).hosts[0].settings.env;
    expect(asked('mod_ssl.c')).toBeUndefined();
    expect(asked('mpm_worker_module')).toBeDefined();
    expect(asked('mod_version.c')).toBeDefined();
  });
});

describe('Modules', () => {
  const load = (...names: readonly string[]) =>
    names.map((name) => `LoadModule ${name}_module modules/mod_${name}.so\n`).join('');

  it('that are loaded decide which directives there are', () => {
    expect(findings(`${load('mpm_event')}SetEnv A 1\n`)).toEqual(['CFG001@2:1']);
    expect(findings(`${load('mpm_event', 'env')}SetEnv A 1\n`)).toEqual([]);
    expect(findings('SetEnv A 1\n')).toEqual([]);
  });

  it('choose the MPM, and that its directives', () => {
    expect(deploymentOf(load('mpm_prefork', 'wsgi'), { mpm: 'event' }).server.mpm).toBe('prefork');
    expect(deploymentOf('', { mpm: 'worker' }).server.mpm).toBe('worker');
    expect(findings(`${load('mpm_prefork')}ThreadsPerChild 3\n`)).toEqual(['CFG001@2:1']);
    expect(findings(load('mpm_prefork', 'mpm_event'))).toEqual(['CFG027@1:1']);
  });

  it('nobody knows may have any directive', () =>
    expect(findings(`${load('mpm_event', 'own')}OwnThing x\n`)).toEqual(['CFG043@2:12', 'CFG001@3:1']));

  it('that are built in cannot be loaded', () => expect(findings(load('so'))).toEqual(['CFG029@1:12']));
});

describe('Variables', () => {
  it('are replaced wherever they stand, and point to where they were used', () => {
    const text = `Define NAME shop\nDefine threads "threads=0x"\nWSGIDaemonProcess ${variable('NAME')} ${variable('THREADS')}\n`;
    expect(deploymentOf(text).daemons[0]).toMatchObject({ name: 'shop', threads: 0 });
    expect(findings(text)).toEqual(['CFG012@3:27', 'CFG034@3:27']);
  });

  it('come from the environment too, and stay as they are when nobody knows them', () => {
    expect(
      deploymentOf(`ServerName ${variable('HOST')}\n`, { environment: { HOST: 'a.example' } }).hosts[0].serverName,
    ).toBe('a.example');
    expect(findings(`ServerName ${variable('HOST')}\n`)).toEqual(['CFG009@1:12']);
  });
});

describe('Includes', () => {
  const files = {
    '/etc/apache2/conf.d/b.conf': 'WSGIDaemonProcess b\n',
    '/etc/apache2/conf.d/a.conf': 'WSGIDaemonProcess a threads=x\n',
    '/etc/apache2/conf.d/deep/c.conf': 'WSGIDaemonProcess c\n',
  };
  const names = (text: string) => deploymentOf(text, { files }).daemons.map(({ name }) => name);

  it('read files in the order of their names, directories with everything below', () => {
    expect(names('Include conf.d/*.conf\n')).toEqual(['a', 'b']);
    expect(names('Include conf.d\n')).toEqual(['a', 'b', 'c']);
    expect(names('Include /etc/*/conf.d/[b-z].conf\n')).toEqual(['b']);
    expect(names('ServerRoot /etc\nInclude apache2/conf.d/deep/c.conf\n')).toEqual(['c']);
    expect(names('IncludeOptional nothing/*.conf\nIncludeOptional nothing.conf\n')).toEqual([]);
  });

  it('refuse what is not there', () => {
    expect(findings('Include nothing.conf\n')).toEqual(['CFG005@1:9']);
    expect(findings('Include conf.d/*.nothing\n', { files })).toEqual(['CFG005@1:9']);
  });

  it('name the included file in a diagnostic', () =>
    expect(read('Include conf.d/a.conf\n', { files }).diagnostics.find(({ code }) => code === 'CFG013')).toMatchObject({
      file: '/etc/apache2/conf.d/a.conf',
      line: 1,
      column: 21,
    }));

  it('end when a file includes itself', () => expect(findings('Include site.conf\n')).toEqual(['CFG006@1:9']));
});

describe('A daemon process group', () => {
  it('has the defaults of mod_wsgi where nothing is written', () =>
    expect(deploymentOf('WSGIDaemonProcess shop\n').daemons).toEqual([{ ...defaultGroup, name: 'shop', host: 0 }]));
});
