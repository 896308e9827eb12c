import { describe, expect, it } from 'vitest';
import { explainApache } from './explain.ts';
import { filesInMemory } from './source.ts';

const explain = (text: string) => explainApache({ file: 'site.conf', text, source: filesInMemory({}), modWsgi: '4.9' });
const warnings = (text: string): readonly string[] =>
  explain(text)
    .diagnostics.filter((diagnostic) => diagnostic.severity === 'warning')
    .map(({ code, line }) => `${line} ${code}`);
const mounts = (text: string) =>
  explain(text).accepted?.prediction.mounts.map(({ url, processGroup, multithread, multiprocess, answer }) => ({
    url,
    processGroup,
    flags: [multithread, multiprocess],
    ...(answer.kind === 'refused' ? { status: answer.status } : {}),
  }));

describe('two projects in two Location sections, as the article prints it', () => {
  const printed = `WSGIDaemonProcess site1 processes=1 threads=1 display-name=%{GROUP}

WSGIDaemonProcess site2 processes=1 threads=1 display-name=%{GROUP}

<Location “/project1”>
WSGIProcessGroup site1
</Location>
WSGIScriptAlias /project1 “/home/website/project1.wsgi”

<Location “/project1”>
WSGIProcessGroup site2
</Location>
WSGIScriptAlias /project2 “/home/website/project2.wsgi”
`;
  const straight = printed.replace(/[“”]/g, '"');

  it('runs /project1 in site2 and /project2 embedded, and says why', () => {
    expect(mounts(straight)).toEqual([
      { url: '/project1', processGroup: 'site2', flags: [false, true] },
      { url: '/project2', processGroup: '', flags: [true, true] },
    ]);
    expect(warnings(straight)).toEqual([
      '1 HAZ011',
      '1 HAZ001',
      '3 HAZ001',
      '10 HAZ002',
      '13 HAZ003',
      '13 HAZ031',
      '13 HAZ059',
    ]);
  });

  it('answers everything with 404 as long as the quotes are typographic', () => {
    expect(mounts(printed)).toEqual([
      { url: '/project1', processGroup: '', flags: [false, false], status: 404 },
      { url: '/project2', processGroup: '', flags: [false, false], status: 404 },
    ]);
    const found = warnings(printed);
    for (const line of [5, 8, 10, 13]) expect(found).toContain(`${line} CFG038`);
    for (const line of [8, 13]) expect(found).toContain(`${line} HAZ043`);
  });

  it('keeps the two apart once the second section has its own path', () => {
    const mended = straight.replace(/"\/project1">\nWSGIProcessGroup site2/, '"/project2">\nWSGIProcessGroup site2');
    expect(mounts(mended)).toEqual([
      { url: '/project1', processGroup: 'site1', flags: [false, true] },
      { url: '/project2', processGroup: 'site2', flags: [false, true] },
    ]);
    expect(warnings(mended)).toEqual(['1 HAZ001', '3 HAZ001']);
  });
});

describe('the other configurations of the articles', () => {
  it('one daemon process for two projects: one process, an interpreter each', () => {
    const text = `WSGIDaemonProcess default processes=1 threads=1 display-name=%{GROUP}
WSGIProcessGroup default
WSGIScriptAlias /project1 "/home/website/project1.wsgi"
WSGIScriptAlias /project2 "/home/website/project2.wsgi"
`;
    expect(mounts(text)).toMatchObject([{ processGroup: 'default' }, { processGroup: 'default' }]);
    expect(explain(text).accepted?.prediction.sharing).toMatchObject([{ shares: 'process' }]);
    expect(explain(text).diagnostics.map((diagnostic) => diagnostic.code)).toContain('HAZ063');
  });

  it('a script alias and nothing else is embedded mode', () => {
    expect(mounts('WSGIScriptAlias /path /path-to-wsgi\n')).toEqual([
      { url: '/path', processGroup: '', flags: [true, true] },
    ]);
    expect(warnings('WSGIScriptAlias /path /path-to-wsgi\n')).toEqual(['1 HAZ031', '1 HAZ059']);
  });

  it('leaving processes out is the only way to multiprocess False', () => {
    const flags = (options: string) =>
      mounts(`WSGIDaemonProcess example ${options}
WSGIProcessGroup example
WSGIScriptAlias / /srv/a.wsgi
`)?.[0]?.flags;
    expect(flags('processes=5 threads=1')).toEqual([false, true]);
    expect(flags('processes=2 threads=25')).toEqual([true, true]);
    expect(flags('processes=1 threads=25')).toEqual([true, true]);
    expect(flags('threads=25')).toEqual([true, false]);
  });

  it('a virtual host on its own port has its own group', () => {
    const text = `<VirtualHost *:8001>
    ServerName example1.com
    WSGIDaemonProcess example1.com processes=2 threads=15
    WSGIProcessGroup example1.com
    WSGIScriptAlias / /project/example1/wsgi.py
</VirtualHost>
<VirtualHost *:8002>
    ServerName example2.com
    WSGIDaemonProcess example2.com processes=2 threads=25
    WSGIProcessGroup example2.com
    WSGIScriptAlias / /project/example2/wsgi.py
</VirtualHost>
`;
    expect(explain(text).accepted?.prediction.mounts).toMatchObject([
      { host: 'example1.com', port: 8001, processGroup: 'example1.com', threads: 15 },
      { host: 'example2.com', port: 8002, processGroup: 'example2.com', threads: 25 },
    ]);
    expect(warnings(text)).toEqual([]);
  });
});

describe('the port in the name of an interpreter', () => {
  it("is the client's, unless UseCanonicalName is On", () => {
    const name = (directive: string): string | undefined =>
      explain(`Listen 8001
ServerName localhost
${directive}
WSGIScriptAlias /a /srv/a.wsgi
`).accepted?.prediction.mounts[0]?.applicationGroup;
    expect(name('')).toBe('localhost:8001|/a');
    expect(name('UseCanonicalName On')).toBe('localhost|/a');
    expect(name('UseCanonicalName DNS')).toBe('localhost:8001|/a');
    expect(name('ServerName localhost:8002\nUseCanonicalName On')).toBe('localhost:8002|/a');
  });
});

describe('a configuration that the server refuses', () => {
  it('has its errors and nothing else', () => {
    const { accepted, diagnostics } = explain('Listen 80\nWSGIDaemonProcess a processes=0\n');
    expect(accepted).toBeNull();
    expect(diagnostics.filter((diagnostic) => diagnostic.severity === 'error')).toMatchObject([{ line: 2 }]);
  });
});
