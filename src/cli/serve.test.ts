import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { statusSchema } from '../gateway/admin/status.ts';
import { ask, type Served, serveFiles } from './served.ts';

/** On a configuration, `${CONFIG_DIR}` in the text. */
const serve = (configuration: string, scripts: Readonly<Record<string, string>>, ...args: readonly string[]): Served =>
  serveFiles({ 'site.conf': configuration, ...scripts }, '--port', '8080=0', ...args);

const application = `
import sys
def application(environ, start_response):
    headers = [('Content-Type', 'text/plain'), ('X-Kind', 'a "b"')]
    if environ['PATH_INFO'] == '/complain':
        print('something is \\twrong', file=environ['wsgi.errors'])
    if environ['PATH_INFO'] == '/stream':
        start_response('200 OK', headers)
        return iter([b'12345'] * 3)
    start_response('200 OK', headers)
    return [b'1234']
`;
const site = (more: string): string =>
  `Listen 127.0.0.1:8080\nServerName main.example\nWSGIDaemonProcess shop threads=1\nWSGIScriptAlias / "\${CONFIG_DIR}/app.wsgi" process-group=shop\n${more}`;
const url = /(http:\/\/127\.0\.0\.1:\d+\/)/;
const ready = /Ctrl-C stops/;

/** A Python that writes down each of its starts. */
function countedPython(): Disposable & { readonly command: string; readonly pids: () => readonly number[] } {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-python-'));
  const command = join(folder, 'python');
  const starts = join(folder, 'starts');
  writeFileSync(starts, '');
  writeFileSync(command, `#!/bin/sh\necho $$ >> ${starts}\nexec python3 "$@"\n`, { mode: 0o755 });
  return {
    command,
    pids: () => readFileSync(starts, 'utf8').trim().split('\n').filter(Boolean).map(Number),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** One that has ended may still be there for whoever adopts it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

describe('wsgiscope serve', () => {
  it('says what runs where, and shows it on the status page it names', async () => {
    await using served = serve(site(''), { 'app.wsgi': application }, '--admin', '0');
    await served.says(ready);
    expect(served.output()).toMatch(/^ {2}shop: 1 process × 1 thread$/m);
    await ask(await served.says(url));
    const admin = await served.says(/status page: (http:\S+)/);
    const status = v.parse(statusSchema, JSON.parse(await ask(`${admin}status.json`)));
    expect(status.groups).toMatchObject([{ name: 'shop', answered: { '2xx': 1 } }]);
    expect(await ask(admin)).toContain('site.conf');
  });

  it('starts no Python but those of its processes, where they start as any Python does', async () => {
    using python = countedPython();
    await using served = serve(site(''), { 'app.wsgi': application }, '--python', python.command);
    await ask(await served.says(url));
    expect(python.pids().map(isAlive)).toEqual([true]);
  });

  it('ends the Python that began before the configuration was read, where that wants another', async () => {
    using python = countedPython();
    const optimized = `WSGIPythonOptimize 1\n${site('')}`;
    await using served = serve(optimized, { 'app.wsgi': application }, '--python', python.command);
    await ask(await served.says(url));
    while (python.pids().map(isAlive).join() !== 'false,true') await new Promise(setImmediate);
  });

  it('leaves no Python where the configuration is refused', async () => {
    using python = countedPython();
    await using served = serve('WSGIDaemonProcess\n', {}, '--python', python.command);
    expect(await served.ended).toBe(1);
    while (python.pids().some(isAlive)) await new Promise(setImmediate);
  });

  it('warns when others could read the status page', async () => {
    await using served = serve(site(''), { 'app.wsgi': application }, '--admin', '0', '--admin-address', '0.0.0.0');
    await served.says(ready);
    expect(served.output()).toMatch(
      /warning: the status page on 0\.0\.0\.0 can be read by whoever reaches that address/,
    );
  });

  it('starts nothing when the port of the status page is no port, or taken', async () => {
    await using first = serve(site(''), { 'app.wsgi': application }, '--admin', '0');
    const taken = new URL(await first.says(/status page: (http:\S+)/)).port;
    for (const [port, message] of [
      ['lots', /--admin lots: this is no port number\n {2}fix: /],
      [taken, /the status page cannot listen on 127\.0\.0\.1:\d+: the port is in use\n {2}fix: choose another port/],
    ] as const) {
      await using second = serve(site(''), { 'app.wsgi': application }, '--admin', port);
      expect(await second.ended).toBe(2);
      expect(second.output()).toMatch(message);
    }
  });

  it('writes each request in the format of the configuration, and complaints as Apache does', async () => {
    const format =
      'LogFormat "%h %l %u \\"%r\\" %>s %b %B \\"%{User-Agent}i\\" \\"%{x-kind}o\\" %v %p %U %X" mine\nCustomLog nowhere/access.log mine\n';
    await using served = serve(
      site(format),
      { 'app.wsgi': application },
      '--access-log',
      'access.log',
      '--error-log',
      'error.log',
    );
    await served.says(ready);
    const base = await served.says(url);
    await ask(base, { 'User-Agent': 'a "quoted" one' });
    await ask(`${base}stream?x=%22`);
    await ask(`${base}complain`);
    await ask(base, {}, 'HEAD');
    served.child.kill('SIGTERM');
    await served.ended;
    const kind = '"a \\"b\\"" main.example 8080';
    expect(readFileSync(served.file('access.log'), 'utf8')).toBe(
      [
        `127.0.0.1 - - "GET / HTTP/1.1" 200 4 4 "a \\"quoted\\" one" ${kind} / -`,
        `127.0.0.1 - - "GET /stream?x=%22 HTTP/1.1" 200 15 15 "-" ${kind} /stream -`,
        `127.0.0.1 - - "GET /complain HTTP/1.1" 200 4 4 "-" ${kind} /complain -`,
        `127.0.0.1 - - "HEAD / HTTP/1.1" 200 - 0 "-" ${kind} / -`,
        '',
      ].join('\n'),
    );
    expect(readFileSync(served.file('error.log'), 'utf8')).toMatch(
      /^\[\w{3} \w{3} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] \[wsgi:error\] \[pid \d+\] something is \\twrong\n$/m,
    );
  });

  it('writes mod_wsgi’s own lines at LogLevel info', async () => {
    await using served = serve(site('LogLevel info\n'), { 'app.wsgi': application }, '--error-log', 'error.log');
    await served.says(ready);
    await ask(await served.says(url));
    served.child.kill('SIGTERM');
    await served.ended;
    const log = readFileSync(served.file('error.log'), 'utf8').replace(/^\[[^\]]*\] /gm, '');
    const pid = /pid=(\d+)/.exec(log)?.[1];
    expect(log.split('\n').slice(0, 4)).toEqual([
      `[wsgi:info] [pid ${pid}] mod_wsgi (pid=${pid}): Starting process 'shop' with threads=1.`,
      `[wsgi:info] [pid ${pid}] mod_wsgi (pid=${pid}): Create interpreter 'main.example:8080|'.`,
      `[wsgi:info] [pid ${pid}] mod_wsgi (pid=${pid}, process='shop', application='main.example:8080|'): Loading Python script file '${served.file('app.wsgi')}'.`,
      `[wsgi:info] [pid ${pid}] mod_wsgi (pid=${pid}): Shutdown requested 'shop'.`,
    ]);
  });

  it('goes on in new files after SIGUSR1, as logrotate wants it, in the format that the configuration has by then', async () => {
    const text = (format: string): string =>
      `ServerRoot "\${CONFIG_DIR}"\n${site(`CustomLog access.log "${format}"\n`)}`;
    await using served = serve(text('%U'), { 'app.wsgi': application }, '--configured-logs', '--trace', 'trace.ndjson');
    await served.says(ready);
    const base = await served.says(url);
    const access = served.file('access.log');
    await ask(`${base}old`);
    await expect.poll(() => readFileSync(access, 'utf8')).toBe('/old\n');
    renameSync(access, `${access}.1`);
    renameSync(served.file('trace.ndjson'), served.file('trace.1'));
    writeFileSync(served.file('site.conf'), text('%m %U'));
    served.child.kill('SIGUSR1');
    await served.says(/restarted gracefully/);
    await ask(`${base}new`);
    served.child.kill('SIGTERM');
    await served.ended;
    expect(readFileSync(`${access}.1`, 'utf8')).toBe('/old\n');
    expect(readFileSync(access, 'utf8')).toBe('GET /new\n');
    const trace = (readFileSync(served.file('trace.1'), 'utf8') + readFileSync(served.file('trace.ndjson'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(trace[0]).toMatchObject({ kind: 'header', version: 1, world: 'gateway' });
    expect(trace.at(-1)).toMatchObject({ kind: 'process.exited', because: 'server-stop' });
    expect(trace.slice(1).map(({ seq }) => seq)).toEqual(trace.slice(1).map((_, index) => index + 1));
    expect(trace.filter(({ kind }) => kind === 'request.accepted')).toHaveLength(2);
  });

  it.skipIf(!existsSync('/dev/full'))('serves on when the disk is full, and says so once', async () => {
    await using served = serve(site(''), { 'app.wsgi': application }, '--access-log', '/dev/full');
    await served.says(ready);
    const base = await served.says(url);
    for (let n = 0; n < 3; n++) expect(await ask(base)).toBe('1234');
    await served.says(/cannot write \/dev\/full: ENOSPC/);
    served.child.kill('SIGTERM');
    expect(await served.ended).toBe(0);
    expect(served.output().match(/ENOSPC/g)).toHaveLength(1);
  });
});
