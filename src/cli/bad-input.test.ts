import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'wsgiscope-bad-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program as a user does. */
const wsgiscope = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: directory, timeout: 60_000 }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    );
  });

const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return name;
};

const good = 'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b""]\n';
const site = (line: string): string => `Listen 8001\nServerName localhost\n${line}\n`;

describe('a configuration that Apache would refuse gets one message with place and fix, and exit code 1', () => {
  it.each([
    ['a missing file', null, /^nowhere\.conf:1:1: error CFG\d+: there is no such file\n {2}fix: /],
    ['a syntax error', '<Location /x>\nWSGIProcessGroup a\n', /^site\.conf:\d+:\d+: error CFG\d+: .*\n {2}fix: /s],
    ['an unknown directive', site('WSGIScriptAlais / /x.wsgi'), /^site\.conf:3:1: error CFG\d+: .*WSGIScriptAlais/],
    ['processes=0', site('WSGIDaemonProcess shop processes=0'), /^site\.conf:3:\d+: error CFG\d+: .*\n {2}fix: /s],
  ])('%s', async (_, text, message) => {
    const config = text === null ? 'nowhere.conf' : file('site.conf', text);
    for (const command of ['explain', 'verify', 'serve']) {
      const { code, out, err } = await wsgiscope(command, config);
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/\n\s+at /);
    }
  });

  it('an application in its place is named as what it is', async () => {
    for (const name of ['shop.py', 'shop.wsgi']) {
      const { code, out, err } = await wsgiscope('explain', file(name, good));
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^shop\.\w+:1:1: error CFG007: this is Python .*\n {2}fix: .*'gunicorn shop'/s);
    }
    const settings = await wsgiscope('explain', file('settings.py', 'keepalive = 5\nwsgi_app = "shop"\n'));
    expect(settings.out).toMatch(/^gunicorn 20\.1, sync workers\n/);
  });

  it('threads=abc is accepted, as by Apache, and warned of', async () => {
    const { code, out } = await wsgiscope('explain', file('abc.conf', site('WSGIDaemonProcess shop threads=abc')));
    expect(code).toBe(0);
    expect(out).toMatch(/abc\.conf:3:\d+: warning CFG\d+: /);
  });
});

describe('verify says where a script fails, looks at the rest all the same, and exits with 1', () => {
  it.each([
    ['raises at import', 'x = 1\nraise ValueError("why")\n', /bad\.wsgi:2: ValueError: why\n\s+fix: /],
    ['has no application', 'x = 1\n', /bad\.wsgi has no 'application' at its top level\n\s+fix: /],
    ['does not exist', null, /bad\.wsgi.*No such file or directory.*\n\s+fix: /],
  ])('when it %s', async (_, text, message) => {
    rmSync(join(directory, 'bad.wsgi'), { force: true });
    if (text !== null) file('bad.wsgi', text);
    file('good.wsgi', good);
    const lines = `WSGIScriptAlias /bad ${directory}/bad.wsgi\nWSGIScriptAlias /good ${directory}/good.wsgi`;
    const pool = 'StartServers 1\nServerLimit 1\nThreadsPerChild 1\nMaxRequestWorkers 1';
    const { code, out, err } = await wsgiscope('verify', file('bad.conf', site(`${pool}\n${lines}`)));
    expect(err).toBe('');
    expect(out).toMatch(message);
    expect(out).toContain('localhost:8001/good');
    expect(out).toContain('1 of 2 scripts load');
    expect(code).toBe(1);
  });

  it.skipIf(process.getuid?.() === 0)('when it may not be read', async () => {
    file('closed.wsgi', good);
    chmodSync(join(directory, 'closed.wsgi'), 0o000);
    const config = file('closed.conf', site(`WSGIScriptAlias / ${directory}/closed.wsgi`));
    const { code, out } = await wsgiscope('verify', config);
    expect(out).toMatch(/closed\.wsgi: PermissionError/);
    expect(code).toBe(1);
  });
});

describe('what this machine lacks is said in one message, with exit code 2', () => {
  const config = (): string => {
    file('good.wsgi', good);
    const lines = `WSGIDaemonProcess shop threads=1\nWSGIScriptAlias / ${directory}/good.wsgi process-group=shop`;
    return file('good.conf', site(lines));
  };

  it('no Python', async () => {
    for (const command of ['verify', 'serve']) {
      const { code, out, err } = await wsgiscope(command, config(), '--python', 'no-such-python');
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/^wsgiscope: no Python: no-such-python was not found\n {2}fix: .*\n$/);
    }
  });

  it('a Python that is too old', async () => {
    const old = join(directory, 'python3.7');
    file('python3.7', '#!/bin/sh\necho 3.7.16\necho "ModuleNotFoundError" >&2\nexit 1\n');
    chmodSync(old, 0o755);
    const { code, err } = await wsgiscope('verify', config(), '--python', old);
    expect(code).toBe(2);
    expect(err).toMatch(/^wsgiscope: .*python3\.7 is Python 3\.7\.16: .*\n {2}fix: .*\n$/);
  });

  it.each([
    ['python-home', 'python-home=/no/such/venv', /no Python: \/no\/such\/venv\/bin\/python3 was not found/],
    [
      'home',
      'home=/no/such/folder',
      /'shop' cannot be started with home=\/no\/such\/folder: .*No such file or directory\n {2}fix: /,
    ],
  ])('a %s that does not exist', async (_, option, message) => {
    file('good.wsgi', good);
    const lines = `WSGIDaemonProcess shop ${option}\nWSGIScriptAlias / ${directory}/good.wsgi process-group=shop`;
    const { code, out, err } = await wsgiscope('serve', file('home.conf', site(lines)));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it('a port in use', async () => {
    const occupier = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => occupier.once('listening', resolve));
    const { port } = occupier.address() as { port: number };
    const { code, out, err } = await wsgiscope('serve', config(), '--port', `8001=${port}`);
    occupier.close();
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(new RegExp(`^wsgiscope: port ${port} on 127.0.0.1 is in use\n {2}fix: .*\n$`));
  });
});
