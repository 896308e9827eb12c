import { describe, expect, it } from 'vitest';
import { deploymentOf, findings, read } from '../read-text.ts';

describe('A daemon process group', () => {
  it('remembers that processes was left out, since only then wsgi.multiprocess is False', () => {
    const groups = deploymentOf('WSGIDaemonProcess a\nWSGIDaemonProcess b processes=1\n').daemons;
    expect(groups.map(({ processes }) => processes)).toEqual([null, 1]);
  });

  it('has the defaults of its release', () => {
    const [group] = deploymentOf('WSGIDaemonProcess a\n').daemons;
    expect(group).toMatchObject({
      threads: 15,
      gracefulTimeout: 15_000,
      shutdownTimeout: 5000,
      deadlockTimeout: 300_000,
    });
  });

  it('takes numbers as atoi does, and says so', () => {
    const text = 'WSGIDaemonProcess a shutdown-timeout=5m threads=abc queue-timeout=4294967297\n';
    expect(findings(text)).toEqual(['CFG012@1:21', 'CFG013@1:41', 'CFG034@1:41', 'CFG036@1:53']);
    expect(deploymentOf(text).daemons[0]).toMatchObject({ shutdownTimeout: 5000, threads: 0, queueTimeout: 1000 });
  });

  it('tells what was meant by 5m and how to keep what is', () => {
    const [warning] = read('WSGIDaemonProcess a shutdown-timeout=5m\n').diagnostics.filter(
      ({ code }) => code === 'CFG012',
    );
    expect(warning).toMatchObject({
      severity: 'warning',
      message: 'mod_wsgi reads shutdown-timeout=5m as 5 seconds: it stops at the first non-digit',
      fix: "write shutdown-timeout=300 for what was meant, or write shutdown-timeout=5 to keep today's behaviour",
    });
  });

  it('is refused with a number out of bounds, at the place of the option', () => {
    expect(findings('WSGIDaemonProcess a threads=3 processes=0\n')).toEqual(['CFG011@1:31']);
    expect(findings('WSGIDaemonProcess a threads=65534\n')).toEqual(['CFG011@1:21']);
    expect(findings('WSGIDaemonProcess a header-buffer-size=8191\n')).toEqual(['CFG011@1:21']);
    expect(findings('WSGIDaemonProcess a header-buffer-size=0\n')).toEqual([]);
  });

  it('knows the options of its release only', () => {
    const text = 'WSGIDaemonProcess a interrupt-timeout=3\n';
    expect(findings(text)).toEqual(['CFG014@1:21']);
    expect(deploymentOf(text, { modWsgi: '6' }).daemons[0]).toMatchObject({ interruptTimeout: 3000 });
    expect(findings('WSGIDaemonProcess a newrelic-environment=x\n', { modWsgi: '6' })).toEqual(['CFG014@1:21']);
  });

  it('keeps options without effect on the model as they were written', () =>
    expect(deploymentOf('WSGIDaemonProcess a script-user=#33 send-buffer-size="524288"\n').daemons[0]?.others).toEqual({
      'script-user': '#33',
      'send-buffer-size': '524288',
    }));

  it('says what its processes are given', () =>
    expect(
      deploymentOf(
        'WSGIDaemonProcess a user=#33 group=staff supplementary-groups=adm,tty umask=0027 lang=de_DE.UTF-8 locale=C stack-size=524288 cpu-priority=-5 memory-limit=1000000000000 python-eggs=/eggs\n',
      ).daemons[0],
    ).toMatchObject({
      user: '#33',
      group: 'staff',
      supplementaryGroups: 'adm,tty',
      umask: '0027',
      lang: 'de_DE.UTF-8',
      locale: 'C',
      stackSize: 524_288,
      cpuPriority: -5,
      memoryLimit: 1_000_000_000_000,
      virtualMemoryLimit: 0,
      pythonEggs: '/eggs',
      others: {},
    }));

  it('takes a value behind a space, as mod_wsgi does, and nothing without a sign', () => {
    expect(deploymentOf('WSGIDaemonProcess a threads= 3\n').daemons[0]?.threads).toBe(3);
    expect(findings('WSGIDaemonProcess a threads =3\n')).toEqual(['CFG014@1:21']);
  });

  it('is refused when its name was used before, in whatever virtual host', () =>
    expect(findings('WSGIDaemonProcess a\n<VirtualHost *:80>\nWSGIDaemonProcess a\n</VirtualHost>\n')).toEqual([
      'CFG015@3:19',
    ]));
});

describe('A script loaded at process start', () => {
  const preload = 'WSGIScriptAlias / /a.wsgi process-group=shop application-group=%{GLOBAL}\n';

  it('needs its group above, where a script loaded by a request does not', () => {
    expect(findings(`${preload}WSGIDaemonProcess shop\n`)).toEqual(['CFG016@1:1']);
    expect(findings('WSGIScriptAlias / /a.wsgi process-group=shop\nWSGIDaemonProcess shop\n')).toEqual([]);
    expect(deploymentOf(`WSGIDaemonProcess shop\n${preload}`).preloads).toEqual([
      { script: '/a.wsgi', processGroup: 'shop', applicationGroup: '', because: 'WSGIScriptAlias', host: 0 },
    ]);
  });

  it('cannot use the group of a virtual host with another ServerName', () => {
    const host = (name: string, inside: string) => `<VirtualHost *:80>\n${name}\n${inside}\n</VirtualHost>\n`;
    const declared = host('ServerName one', 'WSGIDaemonProcess shop');
    expect(findings(declared + host('ServerName two', preload.trim()))).toEqual(['CFG017@7:1']);
    expect(findings(declared + host('ServerName one', preload.trim()))).toEqual([]);
    // The name counts from the line where it stands.
    expect(findings(declared + host(preload.trim(), 'ServerName one'))).toEqual(['CFG017@6:1']);
  });

  it('is not meant by an alias with an expansion, or a pattern that fills in the path', () => {
    const text = 'WSGIScriptAlias / /a.wsgi process-group=%{ENV:X} application-group=g\n';
    expect(deploymentOf(text).preloads).toEqual([]);
    expect(deploymentOf('WSGIScriptAliasMatch ^/(.*) /$1 process-group=x application-group=g\n').preloads).toEqual([]);
  });

  it('must name both groups when it is imported', () => {
    expect(findings('WSGIImportScript /a.py process-group=%{GLOBAL}\n')).toEqual(['CFG018@1:1']);
    expect(findings('WSGIImportScript /a.py application-group=x\n')).toEqual(['CFG018@1:1']);
  });
});

describe('Settings', () => {
  it('hold where they stand, and the later of two at one level wins', () => {
    const { hosts } = deploymentOf(
      'WSGIProcessGroup a\nWSGIProcessGroup b\n<Location /x>\nWSGIProcessGroup c\n</Location>\n<Location /x>\nWSGIScriptReloading Off\n</Location>\n',
    );
    expect(hosts[0].settings).toEqual({ processGroup: 'b' });
    expect(hosts[0].sections.map(({ settings }) => settings)).toEqual([
      { processGroup: 'c' },
      { scriptReloading: false },
    ]);
  });

  it('of files may stand inside a directory', () => {
    const { sections } = deploymentOf(
      '<Directory /srv//www/>\n<Files "app.wsgi">\nRequire all granted\n</Files>\n</Directory>\n',
    ).hosts[0];
    expect(sections).toEqual([
      { kind: 'directory', match: 'exact', pattern: '/srv/www', within: null, settings: {} },
      {
        kind: 'files',
        match: 'exact',
        pattern: 'app.wsgi',
        within: { match: 'exact', pattern: '/srv/www' },
        settings: { access: 'granted' },
      },
    ]);
  });

  it('inside If are checked and left out of the prediction, with a warning', () => {
    const text = '<Location /a>\n<If "true">\nWSGIProcessGroup a\n</If>\n</Location>\n';
    expect(findings(text)).toEqual(['CFG010@2:1']);
    expect(deploymentOf(text).hosts[0].sections.map(({ settings }) => settings)).toEqual([{}]);
  });

  it('add up what is said about access', () => {
    const access = (...lines: readonly string[]) =>
      deploymentOf(`<Location />\n${lines.join('\n')}\n</Location>\n`).hosts[0].sections[0]?.settings.access;
    expect(access('WSGIProcessGroup x')).toBeUndefined();
    expect(access('Require all denied')).toBe('denied');
    expect(access('Require all denied', 'Require all granted')).toBe('granted');
    expect(access('Require ip 10.0.0.0/8')).toBe('granted');
    expect(access('<RequireAll>', 'Require all granted', 'Require not all granted', '</RequireAll>')).toBe('denied');
    expect(
      access(
        '<RequireAll>',
        'Require all granted',
        '<RequireNone>',
        'Require all denied',
        '</RequireNone>',
        '</RequireAll>',
      ),
    ).toBe('granted');
    expect(access('Order allow,deny', 'Allow from all')).toBe('granted');
    expect(access('Order allow,deny')).toBe('denied');
    expect(access('Order deny,allow', 'Deny from all')).toBe('denied');
    expect(access('Order deny,allow', 'Deny from all', 'Allow from 10.0.0.1')).toBe('granted');
  });

  it('give %{ENV:name} its values', () =>
    expect(
      deploymentOf('SetEnv A 1\nSetEnv B "x y"\nSetEnv C\nUnsetEnv A\nPassEnv D E\n', { environment: { D: 'd' } })
        .hosts[0].settings.env,
    ).toEqual({ B: 'x y', C: '', D: 'd' }));
});
